// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/merge.h"

#include <gtest/gtest.h>

namespace portcullis::applocker {
namespace {

Rule MakeRule(uint8_t id, std::string name) {
  Rule rule;
  rule.id.bytes[15] = id;
  rule.name = std::move(name);
  rule.condition = FilePathCondition{"*"};
  return rule;
}

AppLockerPolicy MakePolicy(CollectionType type, std::vector<Rule> rules) {
  RuleCollection collection;
  collection.type = type;
  collection.type_text = ToString(type);
  collection.rules = std::move(rules);
  AppLockerPolicy policy;
  policy.collections.push_back(std::move(collection));
  return policy;
}

TEST(MergePolicies, KeepsOnePolicyAsItIs) {
  AppLockerPolicy policy = MakePolicy(CollectionType::kExe, {MakeRule(1, "a"), MakeRule(1, "b")});
  EXPECT_EQ(MergePolicies({policy}), policy);
  EXPECT_EQ(MergePolicies({}), AppLockerPolicy{});
}

TEST(MergePolicies, ReplacesTheRuleWithTheSameIdInItsPlace) {
  const AppLockerPolicy merged =
      MergePolicies({MakePolicy(CollectionType::kExe, {MakeRule(1, "a"), MakeRule(2, "b")}),
                     MakePolicy(CollectionType::kExe, {MakeRule(3, "c"), MakeRule(1, "A")})});
  const auto& rules = merged.collections.at(0).rules;
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].name, "A");
  EXPECT_EQ(rules[0].source, 1);
  EXPECT_EQ(rules[1].name, "b");
  EXPECT_EQ(rules[1].source, 0);
  EXPECT_EQ(rules[2].name, "c");
}

TEST(MergePolicies, KeepsTheSameIdInTwoCollections) {
  const AppLockerPolicy merged =
      MergePolicies({MakePolicy(CollectionType::kExe, {MakeRule(1, "a")}),
                     MakePolicy(CollectionType::kDll, {MakeRule(1, "b")})});
  EXPECT_EQ(merged.collections.size(), 2U);
}

TEST(MergePolicies, TakesTheLastConfiguredSettings) {
  auto far = MakePolicy(CollectionType::kExe, {});
  far.collections[0].enforcement_mode = EnforcementMode::kEnabled;
  far.collections[0].extensions.emplace();
  far.collections[0].extensions->services = ServicesEnforcement::kServicesOnly;
  far.collections[0].extensions->system_apps_allow = true;
  auto near = MakePolicy(CollectionType::kExe, {});
  near.collections[0].enforcement_mode = EnforcementMode::kNotConfigured;
  near.collections[0].extensions.emplace();
  near.collections[0].extensions->services = ServicesEnforcement::kNotConfigured;
  near.collections[0].extensions->system_apps_allow = false;
  const RuleCollection merged = MergePolicies({far, near}).collections.at(0);
  EXPECT_EQ(merged.mode(), EnforcementMode::kEnabled);
  EXPECT_EQ(merged.extensions->services, ServicesEnforcement::kServicesOnly);
  EXPECT_EQ(merged.extensions->system_apps_allow, false);
}

}  // namespace
}  // namespace portcullis::applocker
