// SPDX-License-Identifier: Apache-2.0
// The engine of Software Restriction Policies that ships against the slow one, on generated
// policies.
#include <gtest/gtest.h>

#include <string>

#include "tests/policy/srp_generator.h"

namespace portcullis::srp {
namespace {

using testing::Choices;

TEST(SrpEngines, AgreeOnGeneratedPolicies) {
  constexpr uint64_t kWorlds = 1500;
  constexpr size_t kQuestions = 40;
  size_t by_rule = 0;
  size_t by_path = 0;
  size_t blocked = 0;
  for (uint64_t seed = 0; seed < kWorlds && !::testing::Test::HasFailure(); ++seed) {
    Choices choices(seed);
    std::vector<Policy> policies = {testing::GenerateSrpPolicy(choices, Scope::kMachine)};
    if (choices.OneIn(3)) policies.push_back(testing::GenerateSrpPolicy(choices, Scope::kUser));
    const testing::SrpQuestions asked(std::move(policies), testing::GeneratedSrpEnvironment());
    for (size_t i = 0; i < kQuestions; ++i) {
      const FileAttributes file = testing::GenerateSrpFile(choices);
      const AccessToken token = testing::GenerateSrpToken(choices);
      const auto operation = static_cast<Operation>(choices.Below(6));
      SCOPED_TRACE("seed " + std::to_string(seed) + ", question " + std::to_string(i));
      const Answer answer = asked.Ask(file, operation, token);
      if (answer.rule != nullptr) ++by_rule;
      if (answer.rule != nullptr && answer.rule->kind() == RuleKind::kPath) ++by_path;
      if (answer.is_blocked) ++blocked;
    }
  }
  // That most of it came into play.
  EXPECT_GT(by_rule, kWorlds * kQuestions / 6);
  EXPECT_GT(by_path, kWorlds * kQuestions / 10);
  EXPECT_GT(blocked, kWorlds * kQuestions / 5);
}

}  // namespace
}  // namespace portcullis::srp
