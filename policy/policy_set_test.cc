// SPDX-License-Identifier: Apache-2.0
#include "policy/policy_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/applocker/limits.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using applocker::FilePathCondition;
using applocker::Rule;
using applocker::RuleCollection;
using ::testing::HasSubstr;

NamedPolicy PolicyWithRules(size_t rules) {
  RuleCollection collection;
  collection.type = CollectionType::kExe;
  collection.type_text = "Exe";
  Rule rule;
  rule.condition = FilePathCondition{"C:\\A\\*"};
  rule.user_or_group_sid = well_known_sids::kEveryone;
  collection.rules.assign(rules, rule);
  NamedPolicy named{"p.xml", {}};
  named.policy.collections.push_back(std::move(collection));
  return named;
}

NamedPolicy PolicyOfUnknownType() {
  NamedPolicy named = PolicyWithRules(1);
  named.policy.collections[0].type.reset();
  named.policy.collections[0].type_text = "Executable";
  return named;
}

TEST(PolicySet, HoldsAsManyRulesAsWindowsAndRefusesOneMore) {
  PolicySet::Builder most;
  EXPECT_TRUE(most.AddMergedLayer({PolicyWithRules(applocker::kMaxRulesPerCollection)}).Build());
  PolicySet::Builder more;
  const auto refused =
      more.AddMergedLayer({PolicyWithRules(applocker::kMaxRulesPerCollection + 1)}).Build();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("65534"));
}

TEST(PolicySet, RefusesACollectionOfUnknownTypeUnlessToldToIgnoreIt) {
  PolicySet::Builder strict;
  const auto refused = strict.AddMergedLayer({PolicyOfUnknownType()}).Build();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("p.xml"));
  PolicySet::Builder lenient;
  lenient.SetUnknownCollections(PolicySet::Builder::UnknownCollections::kIgnore);
  EXPECT_TRUE(lenient.AddMergedLayer({PolicyOfUnknownType()}).Build());
}

TEST(PolicySet, AllowsEverythingWhileItIsEmpty) {
  const auto policies = PolicySet::Builder().SetGeneration(7).Build();
  ASSERT_TRUE(policies);
  EXPECT_EQ(policies->generation(), 7U);
  const FileAttributes file;
  const AccessToken token;
  Request request;
  request.collection = CollectionType::kExe;
  request.file = &file;
  request.token = &token;
  EXPECT_EQ(Decide(*policies, request).verdict, Verdict::kAllowedByDefault);
}

TEST(PolicySet, NamesThePolicyOfTheRuleAfterItWasMoved) {
  PolicySet::Builder builder;
  auto built = builder.AddMergedLayer({PolicyWithRules(3)}).Build();
  ASSERT_TRUE(built);
  const PolicySet policies = std::move(*built);
  const FileAttributes file = MakeFileAttributes({}, {{"C:\\a\\x.exe"}});
  AccessToken token;
  token.groups.push_back({well_known_sids::kEveryone, GroupUse::kEnabled});
  Request request;
  request.collection = CollectionType::kExe;
  request.file = &file;
  request.token = &token;
  const Decision decision = Decide(policies, request);
  EXPECT_EQ(decision.rule, &policies.layer(0).collections[0].rules[0]);
  EXPECT_EQ(decision.policy, "p.xml");
}

}  // namespace
}  // namespace portcullis
