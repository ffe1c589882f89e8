// SPDX-License-Identifier: Apache-2.0
// Reads anything as a change. One that was accepted, written again, must be read as the same, and
// may be applied to a policy or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "authoring/change/apply.h"
#include "authoring/change/change_json.h"
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const auto change = authoring::ParseChange(AsText({data, size}));
  if (!change) return 0;
  const auto line = authoring::WriteChange(*change);
  if (!line) std::abort();
  const auto again = authoring::ParseChange(*line);
  if (!again || *again != *change) std::abort();
  applocker::AppLockerPolicy policy;
  policy.collections.emplace_back().type = applocker::CollectionType::kExe;
  [[maybe_unused]] const auto applied = authoring::Apply(std::move(policy), {*change});
  return 0;
}
