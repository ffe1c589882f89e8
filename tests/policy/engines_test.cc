// SPDX-License-Identifier: Apache-2.0
// The fast engine against its slow twin, on generated policies and requests.
#include <gtest/gtest.h>

#include <iostream>

#include "base/sanitized.h"
#include "tests/policy/agreement.h"
#include "tests/policy/generator.h"

namespace portcullis::testing {
namespace {

constexpr uint64_t kSeed = 20261124;
constexpr size_t kWorlds = kSanitized ? 500 : 4000;  // 100 000 cases
constexpr size_t kRequestsPerWorld = 25;

TEST(Engines, AgreeOnGeneratedPolicies) {
  Coverage coverage;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    Choices choices(kSeed + i);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet policies = world.Build();
    for (size_t n = 0; n < kRequestsPerWorld; ++n) {
      const Request request = GenerateRequest(world, choices);
      const auto difference = Disagreement(policies, request);
      ASSERT_FALSE(difference) << "world " << kSeed + i << ", request " << n << ": " << *difference;
      coverage.Count(policies, request);
    }
  }
  std::cout << coverage.ToString() << "\n";
  EXPECT_GE(coverage.with_match * 100, coverage.cases * 30);
  EXPECT_GE(coverage.with_deny_and_allow * 100, coverage.cases * 10);
  EXPECT_GE(coverage.with_exception * 100, coverage.cases * 10);
}

}  // namespace
}  // namespace portcullis::testing
