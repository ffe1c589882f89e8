// SPDX-License-Identifier: Apache-2.0
// Would the property test see a fault of the fast engine? Some are planted in a copy of it
// (policy/applocker/seeded_fault.h), one at a time, and each must be caught.
#include <gtest/gtest.h>

#include <iostream>

#include "policy/applocker/seeded_fault.h"
#include "tests/policy/agreement.h"
#include "tests/policy/generator.h"

namespace portcullis::testing {
namespace {

constexpr uint64_t kSeed = 20261124;
constexpr size_t kWorlds = 4000;
constexpr size_t kRequestsPerWorld = 25;
constexpr int kFaults = 24;

// How many worlds it takes until the engines differ; nothing if they never do.
std::optional<size_t> WorldsUntilCaught() {
  for (uint64_t i = 0; i < kWorlds; ++i) {
    Choices choices(kSeed + i);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet policies = world.Build();
    const reference::Engine reference = ReferenceFor(policies);
    for (size_t n = 0; n < kRequestsPerWorld; ++n) {
      if (Disagreement(policies, reference, GenerateRequest(world, choices))) return i + 1;
    }
  }
  return std::nullopt;
}

class SeededFault : public ::testing::TestWithParam<int> {};

TEST_P(SeededFault, IsCaught) {
  applocker::seeded_fault = GetParam();
  const auto worlds = WorldsUntilCaught();
  applocker::seeded_fault = 0;
  ASSERT_TRUE(worlds) << "fault " << GetParam() << " in " << kWorlds << " worlds";
  std::cout << "fault " << GetParam() << ": caught in world " << *worlds << "\n";
}

INSTANTIATE_TEST_SUITE_P(All, SeededFault, ::testing::Range(1, kFaults + 1));

TEST(SeededFaults, AreNotThereWhenSwitchedOff) {
  for (uint64_t i = 0; i < kWorlds / 10; ++i) {
    Choices choices(kSeed + i);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet policies = world.Build();
    ASSERT_FALSE(Disagreement(policies, ReferenceFor(policies), GenerateRequest(world, choices)));
  }
}

}  // namespace
}  // namespace portcullis::testing
