// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/rule_id.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "formats/authenticode/digest.h"

namespace portcullis::srp::migration {
namespace {

// Made at random, once: 6f0c2f3a-9a41-4b0e-8d57-2e1c7a5b90d4.
constexpr std::array<uint8_t, 16> kNameSpace = {0x6F, 0x0C, 0x2F, 0x3A, 0x9A, 0x41, 0x4B, 0x0E,
                                                0x8D, 0x57, 0x2E, 0x1C, 0x7A, 0x5B, 0x90, 0xD4};

}  // namespace

Result<applocker::RuleId> RuleIdOf(std::string_view name) {
  auto digest = TRY(authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha1));
  digest.Update(kNameSpace);
  digest.Update(AsBytes(name));
  const std::vector<uint8_t> hash = digest.Finish();
  applocker::RuleId id;
  std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x50);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

}  // namespace portcullis::srp::migration
