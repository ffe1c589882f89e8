// SPDX-License-Identifier: Apache-2.0
// The database and the signature's digests of a hostile installer. What comes out is UTF-8, and a
// digest is the same the second time.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/utf.h"
#include "formats/msi/installer.h"
#include "formats/msi/signature.h"

namespace {

using namespace portcullis;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::vector<uint8_t> ContentDigest(const cfb::CompoundFile& file) {
  auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha256);
  Require(digest.has_value());
  Require(msi::DigestContent(file, {&*digest, 1}).has_value());
  return digest->Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const MemorySource source(Bytes(data, size));
  const auto file = cfb::CompoundFile::Parse(source);
  if (!file) return 0;
  (void)msi::KindOfClass(file->root().class_id);
  if (const auto properties = msi::ReadProperties(*file)) {
    Require(IsValidUtf8(properties->product_name));
    Require(IsValidUtf8(properties->product_code));
    Require(IsValidUtf8(properties->product_version));
    Require(IsValidUtf8(properties->manufacturer));
  }
  (void)msi::ReadSignature(*file);
  (void)msi::ReadMetadataDigest(*file);
  Require(msi::DigestMetadata(*file, authenticode::DigestAlgorithm::kSha1).has_value());
  Require(ContentDigest(*file) == ContentDigest(*file));
  return 0;
}
