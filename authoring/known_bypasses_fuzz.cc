// SPDX-License-Identifier: Apache-2.0
// Reads anything as a list of known bypasses. What is accepted makes conditions that are not for
// everything.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "authoring/known_bypasses.h"
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace portcullis;
  const auto bypasses = ParseKnownBypasses(AsText({data, size}));
  if (!bypasses) return 0;
  for (const KnownBypass& bypass : *bypasses) {
    if (ConditionOf(bypass) == applocker::Condition(applocker::FilePathCondition{"*/*"})) {
      std::abort();
    }
  }
  return 0;
}
