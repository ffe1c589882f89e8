// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/optimize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "base/sanitized.h"
#include "policy/policy_set.h"
#include "tests/policy/generator.h"

namespace portcullis::authoring {
namespace {

using applocker::Action;
using applocker::AppLockerPolicy;
using applocker::CollectionType;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Condition Path(const std::string& path) { return FilePathCondition{path}; }
Condition Hash(uint8_t first) {
  FileHash hash;
  hash.digest.bytes[0] = first;
  return FileHashCondition{{hash}};
}

class OptimizeTest : public ::testing::Test {
 protected:
  OptimizeTest() {
    auto& collection = policy_.collections.emplace_back();
    collection.type = CollectionType::kExe;
    collection.type_text = "Exe";
  }
  Rule& Add(const std::string& name, Condition condition, Action action = Action::kAllow,
            Sid sid = well_known_sids::kEveryone) {
    Rule& rule = policy_.collections[0].rules.emplace_back();
    rule.id.bytes[15] = static_cast<uint8_t>(policy_.collections[0].rules.size());
    rule.name = name;
    rule.condition = std::move(condition);
    rule.action = action;
    rule.user_or_group_sid = sid;
    return rule;
  }
  std::vector<std::string> Left(const OptimizeOptions& options = {}) {
    const auto optimized = Optimize(policy_, options).value();
    removed_.clear();
    for (const RemovedRule& removed : optimized.removed) {
      removed_.push_back(removed.rule.name + " " + ToString(removed.why) + " by " +
                         removed.by.name);
    }
    std::vector<std::string> names;
    for (const Rule& rule : optimized.policy.collections[0].rules) names.push_back(rule.name);
    return names;
  }

  AppLockerPolicy policy_;
  std::vector<std::string> removed_;
};

TEST_F(OptimizeTest, KeepsTheFirstOfDuplicates) {
  Add("first", Path("C:\\a"));
  Add("second", Path("C:\\a"));
  Add("other user", Path("C:\\a"), Action::kAllow, well_known_sids::kUsers);
  EXPECT_THAT(Left(), ElementsAre("first"));
  EXPECT_THAT(removed_, ElementsAre("second duplicate by first", "other user covered by first"));
}

TEST_F(OptimizeTest, RemovesWhatAFolderHoldsAlready) {
  Add("file", Path("C:\\a\\b\\t.exe"));
  Add("below", Path("C:\\a\\b\\*"));
  Add("folder", Path("C:\\a\\*"));
  Add("other folder", Path("C:\\ab\\*"));
  EXPECT_THAT(Left(), ElementsAre("folder", "other folder"));
  EXPECT_THAT(removed_, ElementsAre("file covered by folder", "below covered by folder"));
}

TEST_F(OptimizeTest, RemovesWhatIsDeniedAllTheSame) {
  Add("never", Path("C:\\a\\b"));
  Add("some", Path("C:\\*"));
  Add("deny", Path("C:\\a\\*"), Action::kDeny);
  Add("deny users", Path("C:\\x\\*"), Action::kDeny, well_known_sids::kUsers);
  Add("for everyone", Path("C:\\x\\y"));
  EXPECT_THAT(Left(), ElementsAre("some", "deny", "deny users"));
  EXPECT_THAT(removed_, ElementsAre("never denied by deny", "for everyone covered by some"));
}

TEST_F(OptimizeTest, MindsPublishersAndAnyPath) {
  Add("product", FilePublisherCondition{"O=A", "P", "*", {}});
  Add("binary", FilePublisherCondition{"O=A", "P", "X.EXE", {}});
  Add("hash", Hash(1));
  EXPECT_THAT(Left(), ElementsAre("product", "hash"));
  Add("any", Path("*"));
  EXPECT_THAT(Left(), ElementsAre("any"));
}

TEST_F(OptimizeTest, JoinsHashesWhereItIsAsked) {
  Add("one", Hash(1));
  Add("path", Path("C:\\a"));
  Add("two", Hash(2));
  Add("denied", Hash(3), Action::kDeny);
  Add("user", Hash(2), Action::kAllow, well_known_sids::kUsers);
  EXPECT_THAT(Left(), ElementsAre("one", "path", "two", "denied"));
  EXPECT_THAT(Left({{}, true}), ElementsAre("2 hashes of 2 rules", "path", "denied"));
  EXPECT_THAT(removed_, ::testing::IsSupersetOf({"one joined by 2 hashes of 2 rules",
                                                 "two joined by 2 hashes of 2 rules"}));
}

TEST_F(OptimizeTest, LeavesCollectionsThatItDoesNotKnow) {
  Add("first", Path("C:\\a"));
  Add("second", Path("C:\\a"));
  policy_.collections[0].type.reset();
  EXPECT_THAT(Left(), ElementsAre("first", "second"));
  EXPECT_THAT(removed_, IsEmpty());
}

TEST_F(OptimizeTest, GivesTheSameTwice) {
  Add("a", Path("C:\\a\\*"));
  Add("b", Path("C:\\a\\b"));
  const auto once = Optimize(policy_).value().policy;
  EXPECT_TRUE(Optimize(once).value().policy == once);
  EXPECT_TRUE(Optimize(policy_).value().policy == once);
}

// ---- Property: every verdict stays.

// More rules that cover one another than a generated policy has by itself.
void AddNearCopies(AppLockerPolicy& policy, testing::Choices& choices) {
  for (auto& collection : policy.collections) {
    const std::vector<Rule> rules = collection.rules;
    for (Rule rule : rules) {
      if (choices.OneIn(2)) continue;
      if (choices.OneIn(3)) rule.user_or_group_sid = well_known_sids::kEveryone;
      if (choices.OneIn(4)) rule.action = choices.OneIn(2) ? Action::kAllow : Action::kDeny;
      if (choices.OneIn(3)) rule.exceptions.clear();
      if (auto* path = std::get_if<FilePathCondition>(&rule.condition); path && choices.OneIn(2)) {
        path->path = choices.OneIn(2) ? "*" + path->path : path->path + "*";
      }
      const auto place = static_cast<std::ptrdiff_t>(choices.Below(collection.rules.size() + 1));
      collection.rules.insert(collection.rules.begin() + place, rule);
    }
  }
}

PolicySet Compiled(const testing::GeneratedWorld& world, const AppLockerPolicy& policy) {
  PolicySet::Builder builder(world.settings);
  builder.AddMergedLayer({{"p", policy}});
  return std::move(builder.Build().value());
}

TEST(Optimize, KeepsEveryVerdict) {
  size_t removed = 0;
  size_t rules = 0;
  std::array<size_t, 4> by_reason = {};
  for (uint64_t seed = 1; seed <= (kSanitized ? 100 : 1500); ++seed) {
    testing::Choices choices(seed);
    const testing::GeneratedWorld world = GenerateWorld(choices);
    AppLockerPolicy policy = world.layers[0][0].policy;
    AddNearCopies(policy, choices);
    const auto optimized = Optimize(policy, {world.settings, seed % 2 == 0}).value();
    for (const auto& collection : policy.collections) rules += collection.rules.size();
    removed += optimized.removed.size();
    for (const auto& one : optimized.removed) ++by_reason.at(static_cast<size_t>(one.why));
    const PolicySet before = Compiled(world, policy);
    const PolicySet after = Compiled(world, optimized.policy);
    for (size_t n = 0; n < 40; ++n) {
      const Request request = GenerateRequest(world, choices);
      const Decision was = Decide(before, request);
      const Decision is = Decide(after, request);
      ASSERT_EQ(was.verdict, is.verdict) << "seed " << seed << ", request " << n;
      ASSERT_EQ(was.reason, is.reason) << "seed " << seed << ", request " << n;
      ASSERT_EQ(was.enforcement, is.enforcement) << "seed " << seed << ", request " << n;
    }
  }
  std::cout << removed << " of " << rules << " rules removed\n";
  EXPECT_GE(removed * 10, rules);
  for (const size_t count : by_reason) EXPECT_GE(count, 50U);
}

}  // namespace
}  // namespace portcullis::authoring
