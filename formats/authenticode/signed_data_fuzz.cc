// SPDX-License-Identifier: Apache-2.0
// A hostile PKCS#7 that is made to reach the chain and the time stamps: the file's digest is taken
// to be whatever the signature says it is, and its own issuer may be an anchor.
#include <cstdint>
#include <cstdlib>

#include "base/utf.h"
#include "formats/authenticode/asn1.h"
#include "formats/authenticode/fuzz_anchor.h"
#include "formats/authenticode/page_hashes.h"
#include "formats/authenticode/signed_data.h"

namespace {

using namespace portcullis;
using authenticode::SignedData;

const authenticode::TrustStore& Trust() {
  static const authenticode::TrustStore* const trust = [] {
    auto* made = new authenticode::TrustStore;
    if (!made->Add(AsBytes(authenticode::kFuzzAnchor), "anchor")) std::abort();
    return made;
  }();
  return *trust;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  (void)authenticode::ParsePageHashes(bytes);
  (void)authenticode::ParseSigningCertificate(bytes, authenticode::DigestAlgorithm::kSha1);
  const auto signed_data = SignedData::Parse(bytes);
  if (!signed_data) return 0;
  if (!IsValidUtf8(signed_data->names().subject)) std::abort();
  if (!IsValidUtf8(signed_data->names().publisher_name)) std::abort();
  const Bytes digest = signed_data->indirect_data().digest;
  for (const int64_t at : {int64_t{1'600'000'000}, int64_t{2'000'000'000}}) {
    (void)signed_data->Verify(digest, {.trust = &Trust(), .at = at});
  }
  (void)authenticode::ParsePageHashes(signed_data->indirect_data().type_value);
  const auto description = signed_data->Describe({.trust = &Trust(), .at = 0});
  if (!description.chain.empty() && !IsValidUtf8(description.chain[0].subject)) std::abort();
  for (const Bytes nested : signed_data->NestedSignatures()) (void)SignedData::Parse(nested);
  return 0;
}
