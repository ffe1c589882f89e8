// SPDX-License-Identifier: Apache-2.0
// A hostile catalog: what Parse counts ForEachMember must visit, with digests of the right size.
#include <cstdint>
#include <cstdlib>

#include "formats/catalog/catalog.h"

namespace {

using namespace portcullis;

void CheckList(const catalog::TrustList& list) {
  size_t members = 0;
  size_t digests = 0;
  list.ForEachMember([&](const catalog::Member& member) {
    ++members;
    if (member.digest.empty()) return;
    ++digests;
    const bool is_sha1 = member.algorithm == authenticode::DigestAlgorithm::kSha1;
    if (member.digest.size() != (is_sha1 ? 20U : 32U)) std::abort();
  });
  if (members != list.members() || digests != list.digests()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes(data, size);
  // The list alone too: most changes to a whole catalog end at OpenSSL's parser.
  if (const auto list = catalog::TrustList::Parse(bytes)) CheckList(*list);
  const auto parsed = catalog::Catalog::Parse(bytes);
  if (!parsed) return 0;
  CheckList(parsed->list());
  if (parsed->signature() != nullptr) {
    const auto verification = parsed->signature()->VerifyOwnContent({});
    if (verification.judgement == authenticode::Judgement::kValid) std::abort();
  }
  return 0;
}
