// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "authoring/change/apply.h"
#include "authoring/change/change_json.h"
#include "authoring/change/moved.h"
#include "base/sanitized.h"
#include "tests/support/policy_mutator.h"

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

Rule PathRule(uint8_t id, const std::string& path) {
  Rule rule;
  rule.id.bytes[15] = id;
  rule.name = "r";
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.condition = FilePathCondition{path};
  return rule;
}
AppLockerPolicy PolicyOf(std::vector<Rule> rules, CollectionType type = CollectionType::kExe) {
  AppLockerPolicy policy;
  RuleCollection& collection = policy.collections.emplace_back();
  collection.type = type;
  collection.type_text = ToString(type);
  collection.rules = std::move(rules);
  return policy;
}
std::vector<std::string> Words(const std::vector<Change>& changes) {
  std::vector<std::string> words;
  for (const Change& change : changes) {
    words.push_back(std::string(ToString(change.kind)) + " " + std::to_string(change.at));
    for (const FieldChange& field : change.fields) {
      words.push_back("  " + field.field + ": " + field.from + " > " + field.to);
    }
  }
  return words;
}
std::vector<std::string> Compared(const AppLockerPolicy& a, const AppLockerPolicy& b) {
  return Words(Compare(a, b).value());
}

TEST(Compare, FindsNothingBetweenEquals) {
  const auto policy = PolicyOf({PathRule(1, "C:\\a"), PathRule(2, "C:\\b")});
  EXPECT_THAT(Compared(policy, policy), ElementsAre());
}

TEST(Compare, TellsRulesFieldByField) {
  Rule changed = PathRule(1, "C:\\b");
  changed.action = applocker::Action::kDeny;
  changed.exceptions = {FilePathCondition{"C:\\c"}};
  EXPECT_THAT(Compared(PolicyOf({PathRule(1, "C:\\a")}), PolicyOf({changed})),
              ElementsAre("rule-changed 0", "  action: Allow > Deny", "  path: C:\\a > C:\\b",
                          "  exception:  > path C:\\c"));
}

TEST(Compare, TellsAddedRemovedMovedAndRenumberedRulesApart) {
  const auto a = PolicyOf(
      {PathRule(1, "C:\\a"), PathRule(2, "C:\\b"), PathRule(3, "C:\\c"), PathRule(4, "d")});
  const auto b = PolicyOf(
      {PathRule(3, "C:\\c"), PathRule(1, "C:\\a"), PathRule(9, "d"), PathRule(5, "C:\\e")});
  EXPECT_THAT(Compared(a, b), ElementsAre("rule-removed 1", "rule-added 3", "rule-renumbered 2",
                                          "  id: 00000000-0000-0000-0000-000000000004 > "
                                          "00000000-0000-0000-0000-000000000009",
                                          "rule-moved 1"));
}

TEST(Compare, TellsCollectionsModesAndExtensions) {
  auto a = PolicyOf({PathRule(1, "C:\\a")});
  auto b = a;
  b.collections[0].enforcement_mode = EnforcementMode::kAuditOnly;
  b.collections[0].extensions.emplace().services = applocker::ServicesEnforcement::kEnabled;
  b.collections.push_back(PolicyOf({PathRule(2, "x")}, CollectionType::kDll).collections[0]);
  b.policy_extensions = "<PolicyExtensions/>";
  EXPECT_THAT(
      Compared(a, b),
      ElementsAre("policy-changed 0", "  policy_extensions:  > <PolicyExtensions/>",
                  "collection-added 1", "collection-changed 0", "  mode: NotConfigured > AuditOnly",
                  "  extensions: absent > there", "  services:  > Enabled", "rule-added 0"));
  EXPECT_THAT(Words(Compare(b, a).value()),
              ::testing::IsSupersetOf({"collection-removed 1", "rule-removed 0"}));
}

TEST(Compare, DoesNotTellAnAbsentModeFromNotConfigured) {
  auto a = PolicyOf({PathRule(1, "C:\\a")});
  auto b = a;
  b.collections[0].enforcement_mode = EnforcementMode::kNotConfigured;
  EXPECT_THAT(Compared(a, b), ElementsAre());
}

TEST(Compare, RefusesAnIdThatStandsTwice) {
  const auto twice = PolicyOf({PathRule(1, "a"), PathRule(1, "b")});
  const auto compared = Compare(twice, twice);
  ASSERT_FALSE(compared);
  EXPECT_EQ(compared.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(compared.error().message, HasSubstr("stands twice"));
}

TEST(ToBeMoved, MovesTheFewest) {
  EXPECT_THAT(ToBeMoved({}), ElementsAre());
  EXPECT_THAT(ToBeMoved({0, 3, 7}), ElementsAre(false, false, false));
  EXPECT_THAT(ToBeMoved({3, 0, 1, 2}), ElementsAre(true, false, false, false));
  const auto reversed = ToBeMoved({4, 3, 2, 1});
  EXPECT_EQ(std::ranges::count(reversed, true), 3);
}

TEST(Apply, RefusesAPolicyThatTheChangesAreNotAbout) {
  const auto a = PolicyOf({PathRule(1, "C:\\a"), PathRule(2, "C:\\b")});
  const auto b = PolicyOf({PathRule(1, "C:\\x"), PathRule(2, "C:\\b")});
  const auto changes = Compare(a, b).value();
  const auto absent = Apply(PolicyOf({PathRule(2, "C:\\b")}), changes);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  const auto other = Apply(PolicyOf({PathRule(1, "C:\\z"), PathRule(2, "C:\\b")}), changes);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("does not say"));
  EXPECT_FALSE(Apply(AppLockerPolicy{}, changes)) << "no such collection";
}

TEST(Apply, RefusesPlacesThatAreNotThere) {
  auto changes = Compare(PolicyOf({}), PolicyOf({PathRule(1, "a"), PathRule(2, "b")})).value();
  changes[0].at = 7;
  EXPECT_THAT(Apply(PolicyOf({}), changes).error().message, HasSubstr("place 7, and there are 2"));
  changes[0].at = 1;
  EXPECT_THAT(Apply(PolicyOf({}), changes).error().message, HasSubstr("two changes"));
}

TEST(ChangeJson, RefusesWhatNoDifferenceHolds) {
  const auto message = [](const std::string& line) { return ParseChange(line).error().message; };
  EXPECT_THAT(message("[]"), HasSubstr("not an object"));
  EXPECT_THAT(message(R"({"change":"odd","collection":"Exe","at":0})"), HasSubstr("no change"));
  EXPECT_THAT(message(R"({"change":"rule-added","collection":"Exe","at":-1})"), HasSubstr("at"));
  EXPECT_THAT(message(R"({"change":"rule-added","collection":"Exe","at":0})"),
              HasSubstr("rule: is missing"));
  EXPECT_THAT(
      message(
          R"({"change":"rule-added","collection":"Exe","at":0,"rule":"</RuleCollection><RuleCollection Type='Dll'>"})"),
      HasSubstr("not one rule"));
  EXPECT_THAT(message(R"({"change":"rule-added","collection":"Exe","at":0,"rule":"<Odd/>"})"),
              HasSubstr("rule: "));
  EXPECT_THAT(
      message(
          R"({"change":"collection-added","collection":"Exe","at":0,"settings":"<AppLockerPolicy Version='1'><RuleCollection Type='Dll'/></AppLockerPolicy>"})"),
      HasSubstr("is named"));
}

// ---- Property: what differs, written, read and applied, gives the second policy.

std::vector<Change> ThroughJson(const std::vector<Change>& changes) {
  std::vector<Change> read;
  for (const Change& change : changes) {
    const auto line = WriteChange(change);
    EXPECT_TRUE(line) << line.error().message;
    auto parsed = ParseChange(*line);
    EXPECT_TRUE(parsed) << parsed.error().message;
    if (parsed) read.push_back(*std::move(parsed));
  }
  return read;
}

TEST(Compare, GivesTheSecondPolicyWhenItIsApplied) {
  std::map<ChangeKind, size_t> seen;
  for (uint32_t seed = 0; seed < (kSanitized ? 100 : 1000); ++seed) {
    applocker::RandomPolicy random(seed);
    const AppLockerPolicy a = random.Make(6);
    const AppLockerPolicy b =
        seed % 5 == 0 ? random.Make(6) : applocker::PolicyMutator(seed).Mutate(a);
    const auto changes = Compare(a, b);
    ASSERT_TRUE(changes) << "seed " << seed << ": " << changes.error().message;
    for (const Change& change : *changes) ++seen[change.kind];
    const auto read = ThroughJson(*changes);
    ASSERT_TRUE(read == *changes) << "seed " << seed;
    const auto applied = Apply(a, read);
    ASSERT_TRUE(applied) << "seed " << seed << ": " << applied.error().message;
    ASSERT_TRUE(*applied == b) << "seed " << seed;
    ASSERT_EQ(changes->empty(), a == b) << "seed " << seed;
  }
  EXPECT_EQ(seen.size(), 10U) << "every kind of change comes up";
}

}  // namespace
}  // namespace portcullis::authoring
