// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/target_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "authoring/change/effective.h"
#include "authoring/rule_id.h"
#include "base/sanitized.h"
#include "policy/applocker/merge.h"
#include "tests/support/random_policy.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::CollectionType;
using applocker::EnforcementMode;
using applocker::FilePathCondition;
using applocker::Rule;
using applocker::RuleCollection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Rule PathRule(uint8_t id, const std::string& path) {
  Rule rule;
  rule.id.bytes[15] = id;
  rule.name = "r";
  rule.condition = FilePathCondition{path};
  return rule;
}
NamedPolicy Named(const std::string& name, std::optional<EnforcementMode> mode,
                  std::vector<Rule> rules, CollectionType type = CollectionType::kExe) {
  NamedPolicy named{name, {}};
  RuleCollection& collection = named.policy.collections.emplace_back();
  collection.type = type;
  collection.type_text = ToString(type);
  collection.enforcement_mode = mode;
  collection.rules = std::move(rules);
  return named;
}
std::vector<std::string> Paths(const RuleCollection& collection) {
  std::vector<std::string> paths;
  for (const Rule& rule : collection.rules) {
    paths.push_back(std::get<FilePathCondition>(rule.condition).path);
  }
  return paths;
}

TargetMerge Merge(NamedPolicy target, std::vector<NamedPolicy> sources) {
  return MergeIntoTarget(std::move(target), std::move(sources)).value();
}

TEST(TargetMerge, KeepsTheTargetsRuleOfAnIdAndSaysSo) {
  const auto merged =
      Merge(Named("t", {}, {PathRule(1, "a"), PathRule(2, "b")}),
            {Named("s", {}, {PathRule(2, "other"), PathRule(3, "c"), PathRule(1, "a")})});
  EXPECT_THAT(Paths(merged.policy.collections.at(0)), ElementsAre("a", "b", "c"));
  EXPECT_THAT(merged.notices,
              ElementsAre(HasSubstr("says something else"), HasSubstr("says the same")));
}

TEST(TargetMerge, CountsAnIdOnceInAllCollections) {
  const auto source =
      Named("s", EnforcementMode::kEnabled, {PathRule(1, "a")}, CollectionType::kDll);
  const auto merged = Merge(Named("t", {}, {PathRule(1, "a")}), {source, source});
  const auto& rules = merged.policy.collections.at(1).rules;
  ASSERT_EQ(rules.size(), 1U) << "a collection without rules allows everything";
  EXPECT_EQ(rules[0].id, DeriveRuleId("Dll", rules[0]).value());
  EXPECT_THAT(merged.notices,
              ElementsAre(HasSubstr("becomes " + rules[0].id.ToString() + " in collection Dll"),
                          HasSubstr("becomes"), HasSubstr("says the same")));
}

TEST(TargetMerge, KnowsAnIdOfItsCollectionThatOthersHaveToo) {
  NamedPolicy target = Named("t", {}, {PathRule(1, "a")});
  target.policy.collections.push_back(
      Named("", {}, {PathRule(1, "b")}, CollectionType::kDll).policy.collections[0]);
  const auto merged = Merge(target, {Named("s", {}, {PathRule(1, "c")}, CollectionType::kDll)});
  EXPECT_THAT(Paths(merged.policy.collections.at(1)), ElementsAre("b"));
  EXPECT_THAT(merged.notices, ElementsAre(HasSubstr("says something else")));
}

TEST(TargetMerge, RefusesARuleWhoseDerivedIdIsTakenToo) {
  Rule taken = PathRule(1, "a");
  taken.id = DeriveRuleId("Dll", taken).value();
  const auto merged = MergeIntoTarget(Named("t", {}, {PathRule(1, "a"), taken}),
                                      {Named("s", {}, {PathRule(1, "a")}, CollectionType::kDll)});
  ASSERT_FALSE(merged);
  EXPECT_THAT(merged.error().message, HasSubstr("of collection Dll"));
}

TEST(TargetMerge, NamesThePolicyThatGaveTheMode) {
  const auto merged = Merge(
      Named("t", EnforcementMode::kNotConfigured, {}),
      {Named("a", EnforcementMode::kAuditOnly, {}), Named("b", EnforcementMode::kEnabled, {})});
  EXPECT_THAT(merged.notices,
              ElementsAre(HasSubstr("stays AuditOnly, as a has it; b has it Enabled")));
}

TEST(TargetMerge, KeepsTheTargetsModeWhereItIsConfigured) {
  const auto mode = [](std::optional<EnforcementMode> target,
                       std::optional<EnforcementMode> source) {
    return Merge(Named("t", target, {}), {Named("s", source, {})});
  };
  const auto stays = mode(EnforcementMode::kAuditOnly, EnforcementMode::kEnabled);
  EXPECT_EQ(stays.policy.collections[0].mode(), EnforcementMode::kAuditOnly);
  EXPECT_THAT(stays.notices,
              ElementsAre(HasSubstr("stays AuditOnly, as t has it; s has it Enabled")));
  const auto taken = mode(EnforcementMode::kNotConfigured, EnforcementMode::kAuditOnly);
  EXPECT_EQ(taken.policy.collections[0].mode(), EnforcementMode::kAuditOnly);
  EXPECT_THAT(taken.notices, IsEmpty());
  EXPECT_THAT(mode(EnforcementMode::kEnabled, {}).notices, IsEmpty());
}

TEST(TargetMerge, FillsExtensionsThatTheTargetLeavesOpen) {
  auto target = Named("t", {}, {});
  target.policy.collections[0].extensions.emplace().system_apps_allow = false;
  auto source = Named("s", {}, {});
  auto& extensions = source.policy.collections[0].extensions.emplace();
  extensions.system_apps_allow = true;
  extensions.services = applocker::ServicesEnforcement::kServicesOnly;
  const auto merged = Merge(target, {source}).policy.collections[0].extensions;
  EXPECT_EQ(merged->system_apps_allow, false);
  EXPECT_EQ(merged->services, applocker::ServicesEnforcement::kServicesOnly);
}

// ---- Properties, on stacks of generated policies whose ids meet.

enum class Ids : uint8_t { kMeetAnywhere, kMeetInACollection };

std::vector<AppLockerPolicy> Stack(uint32_t seed, size_t size, Ids meet = Ids::kMeetAnywhere) {
  std::mt19937 random(seed);
  std::vector<AppLockerPolicy> stack;
  for (size_t i = 0; i < size; ++i) {
    AppLockerPolicy& policy =
        stack.emplace_back(applocker::RandomPolicy(seed * 7 + static_cast<uint32_t>(i)).Make(5));
    std::set<uint8_t> ids;
    for (RuleCollection& collection : policy.collections) {
      std::erase_if(collection.rules, [&](Rule& rule) {
        rule.id = {};
        rule.id.bytes[0] = static_cast<uint8_t>(random() % 12);
        if (meet == Ids::kMeetInACollection) {
          rule.id.bytes[1] = static_cast<uint8_t>(collection.type.value());
        }
        return !ids.insert(rule.id.bytes[0]).second;
      });
    }
  }
  return stack;
}

AppLockerPolicy Merged(AppLockerPolicy target, AppLockerPolicy source) {
  return Merge({"t", std::move(target)}, {{"s", std::move(source)}}).policy;
}

TEST(TargetMerge, IsAssociativeWhereAnIdIsOfOneCollection) {
  for (uint32_t seed = 0; seed < (kSanitized ? 100 : 1000); ++seed) {
    const auto s = Stack(seed, 3, Ids::kMeetInACollection);
    const auto left = Merged(Merged(s[0], s[1]), s[2]);
    const auto right = Merged(s[0], Merged(s[1], s[2]));
    ASSERT_TRUE(left == right) << "seed " << seed;
  }
}

TEST(TargetMerge, OfManyIsThatOfOneAfterTheOther) {
  for (uint32_t seed = 0; seed < (kSanitized ? 100 : 1000); ++seed) {
    const auto s = Stack(seed, 3);
    const auto at_once = Merge({"t", s[0]}, {{"a", s[1]}, {"b", s[2]}}).policy;
    ASSERT_TRUE(at_once == Merged(Merged(s[0], s[1]), s[2])) << "seed " << seed;
  }
}

TEST(TargetMerge, LeavesNoCollectionOpenThatASourceHadRulesFor) {
  for (uint32_t seed = 0; seed < (kSanitized ? 100 : 1000); ++seed) {
    const auto s = Stack(seed, 2);
    const AppLockerPolicy merged = Merged(s[0], s[1]);
    for (const RuleCollection& collection : s[1].collections) {
      if (collection.rules.empty()) continue;
      ASSERT_FALSE(merged.Find(*collection.type)->rules.empty()) << "seed " << seed;
    }
  }
}

// Section 6.3, written down as it stands there: a table of rules by collection and id.
struct Model {
  std::map<std::string, std::map<std::string, std::string>> rules;
  std::map<std::string, EnforcementMode> modes;
  std::map<std::string, applocker::ServicesEnforcement> services;
  std::map<std::string, bool> system_apps;

  bool operator==(const Model&) const = default;
};
Model ModelOf(const std::vector<AppLockerPolicy>& policies) {
  Model model;
  for (const AppLockerPolicy& policy : policies) {
    for (const RuleCollection& collection : policy.collections) {
      const std::string type = ToString(*collection.type);
      for (const Rule& rule : collection.rules) model.rules[type][rule.id.ToString()] = rule.name;
      if (collection.mode() != EnforcementMode::kNotConfigured) {
        model.modes[type] = collection.mode();
      }
      if (!collection.extensions) continue;
      const auto services = collection.extensions->services;
      if (services && *services != applocker::ServicesEnforcement::kNotConfigured) {
        model.services[type] = *services;
      }
      if (const auto allow = collection.extensions->system_apps_allow) {
        model.system_apps[type] = *allow;
      }
    }
  }
  return model;
}

TEST(GroupPolicyMerge, IsThatOfTheReferenceOnGeneratedStacks) {
  for (uint32_t seed = 0; seed < (kSanitized ? 100 : 1000); ++seed) {
    const auto stack = Stack(seed, 2 + seed % 4);
    ASSERT_TRUE(ModelOf({applocker::MergePolicies(stack)}) == ModelOf(stack)) << "seed " << seed;
  }
}

// ---- Effective policies

TEST(Effective, SaysWhereEachPartCameFrom) {
  auto first = Named("1", EnforcementMode::kEnabled, {PathRule(1, "a"), PathRule(2, "b")}).policy;
  auto second = Named("2", {}, {PathRule(2, "c")}).policy;
  second.collections[0].extensions.emplace().services = applocker::ServicesEnforcement::kEnabled;
  const auto third = Named("3", EnforcementMode::kAuditOnly, {}).policy;
  const auto effective = MakeEffective({first, second, third});
  ASSERT_EQ(effective.size(), 1U);
  EXPECT_EQ(effective[0].collection.mode(), EnforcementMode::kAuditOnly);
  EXPECT_EQ(effective[0].mode_from, 2U);
  EXPECT_THAT(effective[0].mode_overruled, ElementsAre(0U));
  EXPECT_EQ(effective[0].services_from, 1U);
  EXPECT_EQ(effective[0].system_apps_from, std::nullopt);
  EXPECT_THAT(Paths(effective[0].collection), ElementsAre("a", "c"));
  EXPECT_EQ(effective[0].collection.rules[0].source, 0);
  EXPECT_EQ(effective[0].collection.rules[1].source, 1);
  ASSERT_EQ(effective[0].replaced.size(), 1U);
  EXPECT_EQ(effective[0].replaced[0].from, 0U);
  EXPECT_EQ(effective[0].replaced[0].by, 1U);
  EXPECT_EQ(WhyMode(effective[0], {"1.xml", "2.xml", "3.xml"}),
            "set by 3.xml, the last that configures it, over 1.xml");
}

TEST(Effective, NamesOnThoseThatDecideOnGeneratedStacks) {
  for (uint32_t seed = 0; seed < (kSanitized ? 50 : 500); ++seed) {
    const auto stack = Stack(seed, 3);
    const AppLockerPolicy merged = applocker::MergePolicies(stack);
    const auto effective = MakeEffective(stack);
    ASSERT_EQ(effective.size(), merged.collections.size());
    for (size_t i = 0; i < effective.size(); ++i) {
      ASSERT_TRUE(effective[i].collection == merged.collections[i]);
      const auto* from = effective[i].mode_from
                             ? stack[*effective[i].mode_from].Find(*merged.collections[i].type)
                             : nullptr;
      const auto mode = from == nullptr ? EnforcementMode::kNotConfigured : from->mode();
      ASSERT_EQ(mode, merged.collections[i].mode()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace portcullis::authoring
