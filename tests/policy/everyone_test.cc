// SPDX-License-Identifier: Apache-2.0
// The proof that a verdict is the same for everyone, against tokens at random.
#include "policy/everyone.h"

#include <gtest/gtest.h>

#include <iostream>

#include "base/sanitized.h"
#include "tests/policy/agreement.h"
#include "tests/policy/generator.h"

namespace portcullis::testing {
namespace {

constexpr uint64_t kSeed = 20261125;
constexpr uint64_t kWorlds = kSanitized ? 50 : 400;
constexpr int kRequestsPerWorld = 20;

// Tokens of other worlds: with SIDs that the rules of this one name, and ones they do not.
std::vector<AccessToken> Tokens() {
  std::vector<AccessToken> tokens;
  for (uint64_t i = 0; tokens.size() < 60; ++i) {
    Choices choices(kSeed * 2 + i);
    for (AccessToken& token : GenerateWorld(choices).tokens) tokens.push_back(std::move(token));
  }
  return tokens;
}

bool Denies(const reference::Engine& reference, Request request, const AccessToken& token) {
  request.token = &token;
  return IsDenial(reference.Decide(request).verdict);
}

TEST(AllowsEveryone, HoldsForEveryToken) {
  const std::vector<AccessToken> tokens = Tokens();
  int proved = 0;
  int not_proved = 0;
  int denied_to_some = 0;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    Choices choices(kSeed + i);
    const GeneratedWorld world = GenerateWorld(choices);
    const PolicySet policies = world.Build();
    const reference::Engine reference = ReferenceFor(policies);
    const TokenBounds bounds(policies);
    for (int n = 0; n < kRequestsPerWorld; ++n) {
      Request request = GenerateRequest(world, choices);
      const bool everyone = bounds.AllowEveryone(policies, request);
      ASSERT_EQ(everyone, AllowsEveryone(policies, request));
      request.flags = {};
      bool some_denied = false;
      for (const AccessToken& token : tokens) {
        const bool denied = Denies(reference, request, token);
        ASSERT_FALSE(everyone && denied) << "world " << kSeed + i << "\n" << Describe(request);
        some_denied = some_denied || denied;
      }
      (everyone ? proved : not_proved) += 1;
      denied_to_some += some_denied ? 1 : 0;
    }
  }
  std::cout << proved << " proved, " << not_proved << " not, of which " << denied_to_some
            << " denied to a token at hand\n";
  EXPECT_GT(proved, kWorlds * kRequestsPerWorld / 8);
  // The proof must not be so careful that it never holds: where it fails somebody is denied.
  EXPECT_GT(denied_to_some * 10, not_proved * 8);
}

TEST(AllowsEveryone, CountsAnAuditedDenial) {
  applocker::AppLockerPolicy policy;
  applocker::RuleCollection collection;
  collection.type = applocker::CollectionType::kExe;
  collection.enforcement_mode = applocker::EnforcementMode::kAuditOnly;
  applocker::Rule rule;
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.action = applocker::Action::kDeny;
  rule.condition = applocker::FilePathCondition{"*"};
  collection.rules.push_back(rule);
  policy.collections.push_back(collection);
  PolicySet::Builder builder;
  builder.AddMergedLayer({{"audit", policy}});
  const PolicySet policies = std::move(builder.Build().value());
  const FileAttributes file;
  Request request;
  request.collection = applocker::CollectionType::kExe;
  request.file = &file;
  EXPECT_FALSE(AllowsEveryone(policies, request));
  request.collection = applocker::CollectionType::kScript;
  EXPECT_TRUE(AllowsEveryone(policies, request));
}

}  // namespace
}  // namespace portcullis::testing
