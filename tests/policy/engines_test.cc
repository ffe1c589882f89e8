// SPDX-License-Identifier: Apache-2.0
// The fast engine against its slow twin, on generated policies and requests; at length with
// PORTCULLIS_ENGINE_WORLDS=40000, which is a million cases (./test --long).
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "base/sanitized.h"
#include "tests/policy/agreement.h"
#include "tests/policy/generator.h"

namespace portcullis::testing {
namespace {

constexpr uint64_t kSeed = 20261124;
constexpr size_t kRequestsPerWorld = 25;

size_t Worlds() {
  const char* const wanted = std::getenv("PORTCULLIS_ENGINE_WORLDS");
  if (wanted != nullptr) return static_cast<size_t>(std::atoll(wanted));
  return kSanitized ? 500 : 4000;  // 100 000 cases
}

TEST(Engines, AgreeOnGeneratedPolicies) {
  Coverage coverage;
  const size_t worlds = Worlds();
  for (uint64_t i = 0; i < worlds; ++i) {
    Choices choices(kSeed + i);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet policies = world.Build();
    const reference::Engine reference = ReferenceFor(policies);
    for (size_t n = 0; n < kRequestsPerWorld; ++n) {
      const Request request = GenerateRequest(world, choices);
      const auto difference = Disagreement(policies, reference, request);
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
