// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/covers.h"

#include <gtest/gtest.h>

#include "base/sanitized.h"
#include "policy/applocker/rule_trace.h"
#include "tests/policy/generator.h"

namespace portcullis::authoring {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::Condition;
using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;

Condition Path(const std::string& path) { return FilePathCondition{path}; }
Condition Publisher(const std::string& name, const std::string& product = "*",
                    const std::string& binary = "*", applocker::BinaryVersionRange range = {}) {
  return FilePublisherCondition{name, product, binary, range};
}
Condition Hashes(std::vector<uint8_t> firsts, HashType type = HashType::kSha256) {
  FileHashCondition condition;
  for (const uint8_t first : firsts) {
    FileHash hash;
    hash.digest.type = type;
    hash.digest.bytes[0] = first;
    condition.hashes.push_back(hash);
  }
  return condition;
}
Rule RuleOf(Condition condition, std::vector<Condition> exceptions = {},
            Action action = Action::kAllow, Sid sid = well_known_sids::kEveryone) {
  Rule rule;
  rule.condition = std::move(condition);
  rule.exceptions = std::move(exceptions);
  rule.action = action;
  rule.user_or_group_sid = sid;
  return rule;
}
bool PathCovers(const std::string& a, const std::string& b, const MatchingSettings& settings = {}) {
  return Covers(Path(a), Path(b), settings);
}

TEST(Covers, SeesThatAFolderHoldsWhatIsBelowIt) {
  EXPECT_TRUE(PathCovers("C:\\Apps\\*", "C:\\Apps\\tool.exe"));
  EXPECT_TRUE(PathCovers("C:\\Apps\\*", "c:\\Apps\\Sub\\*")) << "drives never count in case";
  EXPECT_TRUE(PathCovers("*\\tool.exe", "C:\\Apps\\*\\tool.exe"));
  EXPECT_TRUE(PathCovers("/opt/*", "/opt/a/?"));
  EXPECT_FALSE(PathCovers("C:\\Apps\\*", "C:\\Apps*"));
  EXPECT_FALSE(PathCovers("C:\\Apps\\a*", "C:\\Apps\\*a"));
  EXPECT_FALSE(PathCovers("C:\\Apps\\tool.exe", "C:\\Apps\\*"));
}

TEST(Covers, ComparesHashesAsSetsOfOneType) {
  EXPECT_TRUE(Covers(Hashes({3, 1, 2, 1}), Hashes({2, 2, 1})));
  EXPECT_TRUE(Covers(Hashes({1}), Hashes({})));
  EXPECT_FALSE(Covers(Hashes({3, 1, 2}), Hashes({1, 4})));
  EXPECT_FALSE(Covers(Hashes({1, 2}), Hashes({1, 2}, HashType::kSha1)));
}

TEST(Covers, GivesUpBeyondSoManyExceptions) {
  const auto covers = [](size_t count) {
    std::vector<Condition> exceptions;
    for (size_t i = 0; i < count; ++i) exceptions.push_back(Path("/" + std::to_string(i)));
    const Rule rule = RuleOf(Path("/*"), exceptions);
    return Covers(rule, rule);
  };
  EXPECT_TRUE(covers(256));
  static_assert(256 * 256 == kMaxExceptionComparisons);
  EXPECT_FALSE(covers(257));
}

TEST(Covers, CountsTheHashesOfExceptions) {
  const auto covers = [](size_t hashes) {
    const Rule rule = RuleOf(Path("/*"), {Hashes(std::vector<uint8_t>(hashes, 1))});
    return Covers(rule, rule);
  };
  EXPECT_TRUE(covers(255));
  EXPECT_FALSE(covers(256));
}

TEST(Covers, ComparesPathsAsFileSystemsDo) {
  EXPECT_FALSE(PathCovers("/opt/Tools/*", "/opt/tools/x")) << "this host may count case";
  EXPECT_TRUE(PathCovers("%windir%\\*", "%WINDIR%\\x"));
  EXPECT_FALSE(PathCovers("/opt/*", "C:\\opt\\x"));
  EXPECT_FALSE(PathCovers("\\opt\\*", "/opt/x")) << "a Windows path has no such character";
}

TEST(Covers, KnowsThatTheStarAloneIsEveryFile) {
  for (const Condition& any : {Path("*"), Path("C:\\*"), Publisher("*"), Hashes({1})}) {
    EXPECT_TRUE(Covers(Path("*"), any));
  }
  EXPECT_FALSE(PathCovers("**", "*")) << "a file without a path";
  EXPECT_TRUE(PathCovers("*", "**"));
}

TEST(Covers, TakesAQuestionMarkAsItIsSet) {
  EXPECT_TRUE(PathCovers("C:\\a?", "C:\\ab"));
  EXPECT_FALSE(PathCovers("C:\\ab", "C:\\a?"));
  EXPECT_FALSE(PathCovers("C:\\?*", "C:\\*"));
  MatchingSettings literal;
  literal.question_mark_is_wildcard = false;
  EXPECT_FALSE(PathCovers("C:\\a?", "C:\\ab", literal));
  EXPECT_TRUE(PathCovers("C:\\a*", "C:\\a?", literal));
}

TEST(Covers, ComparesPublishersFieldByField) {
  const FileVersion one = FileVersion::Of(1, 0, 0, 0);
  const FileVersion two = FileVersion::Of(2, 0, 0, 0);
  EXPECT_TRUE(Covers(Publisher("*"), Publisher("O=A", "B", "C.EXE", {one, two})));
  EXPECT_TRUE(Covers(Publisher("o=a", "*", "C*"), Publisher("O=A", "x", "cd")));
  EXPECT_TRUE(
      Covers(Publisher("O=A", "*", "*", {one, {}}), Publisher("O=A", "*", "*", {one, two})));
  EXPECT_FALSE(
      Covers(Publisher("O=A", "*", "*", {one, two}), Publisher("O=A", "*", "*", {one, {}})));
  EXPECT_FALSE(
      Covers(Publisher("O=A", "*", "*", {two, {}}), Publisher("O=A", "*", "*", {one, {}})));
  EXPECT_FALSE(Covers(Publisher("O=A*"), Publisher("O=AB"))) << "literal but for the star alone";
  EXPECT_FALSE(Covers(Publisher("O=A"), Publisher("*")));
  EXPECT_FALSE(Covers(Publisher("O=A", "B"), Publisher("O=A", "*")));
  EXPECT_FALSE(Covers(Publisher("*"), Path("*"))) << "a file that is not signed";
}

TEST(Covers, TakesHashesAsSets) {
  EXPECT_TRUE(Covers(Hashes({1, 2, 3}), Hashes({3, 1})));
  EXPECT_FALSE(Covers(Hashes({1, 2}), Hashes({2, 3})));
  EXPECT_FALSE(Covers(Hashes({1}), Hashes({1}, HashType::kSha256Flat)));
}

TEST(Covers, AsksForTheSameActionAndAsManyCallers) {
  const Rule rule = RuleOf(Path("C:\\*"));
  EXPECT_TRUE(Covers(rule, RuleOf(Path("C:\\a"), {}, Action::kAllow, well_known_sids::kUsers)));
  EXPECT_FALSE(Covers(RuleOf(Path("C:\\*"), {}, Action::kAllow, well_known_sids::kUsers), rule));
  EXPECT_FALSE(Covers(RuleOf(Path("*"), {}, Action::kDeny), rule));
}

TEST(Covers, MindsExceptions) {
  const Rule excepting = RuleOf(Path("C:\\*"), {Path("C:\\t\\*")});
  EXPECT_FALSE(Covers(excepting, RuleOf(Path("C:\\a\\*"))))
      << "a file may have another spelling in C:\\t";
  EXPECT_TRUE(Covers(excepting, RuleOf(Path("C:\\a\\*"), {Path("C:\\*\\*")})));
  EXPECT_TRUE(Covers(RuleOf(Path("C:\\*")), RuleOf(Path("C:\\a\\*"), {Path("C:\\t\\*")})));
  EXPECT_FALSE(Covers(excepting, RuleOf(Path("C:\\a\\*"), {Path("C:\\t\\x")})));
  const Rule all_but_b = RuleOf(Publisher("*"), {Publisher("O=B")});
  EXPECT_TRUE(Covers(all_but_b, RuleOf(Publisher("O=A")))) << "a file has one publisher";
  EXPECT_FALSE(Covers(all_but_b, RuleOf(Publisher("O=B", "X"))));
}

TEST(Defeats, IsADenyRuleThatLeavesNothing) {
  const Rule allow = RuleOf(Path("C:\\a\\*"), {}, Action::kAllow, well_known_sids::kUsers);
  EXPECT_TRUE(Defeats(RuleOf(Path("C:\\*"), {}, Action::kDeny), allow));
  EXPECT_FALSE(Defeats(RuleOf(Path("C:\\*"), {Path("C:\\a\\b")}, Action::kDeny), allow));
  EXPECT_FALSE(Defeats(allow, RuleOf(Path("C:\\a\\*"), {}, Action::kDeny)));
}

// ---- Against the matches of rules, on generated files and callers.

constexpr uint64_t kSeed = 20261130;

// Rules that are like `rule`, wider or narrower at one place.
Rule Varied(Rule rule, const std::vector<Rule>& rules, testing::Choices& choices) {
  const Rule& other = choices.Of(rules);
  switch (choices.Below(8)) {
    case 0:
      rule.exceptions = other.exceptions;
      break;
    case 1:
      rule.exceptions.clear();
      break;
    case 2:
      rule.exceptions.push_back(other.condition);
      break;
    case 3:
      rule.user_or_group_sid = well_known_sids::kEveryone;
      break;
    case 4:
      rule.action = rule.action == Action::kAllow ? Action::kDeny : Action::kAllow;
      break;
    default:
      break;
  }
  if (auto* path = std::get_if<FilePathCondition>(&rule.condition); path && choices.OneIn(2)) {
    // A wildcard in place of a piece: the pattern is ASCII there or stays what it was.
    const size_t at = choices.Below(path->path.size());
    const char put = choices.OneIn(3) ? '?' : '*';
    if (static_cast<uint8_t>(path->path[at]) < 0x80) path->path[at] = put;
  } else if (auto* publisher = std::get_if<FilePublisherCondition>(&rule.condition)) {
    if (choices.OneIn(3)) publisher->publisher_name = "*";
    if (choices.OneIn(3)) publisher->product_name = "*";
    if (choices.OneIn(3)) publisher->binary_name += choices.OneIn(2) ? "*" : "?";
    if (choices.OneIn(3)) publisher->binary_version_range = {};
  }
  return rule;
}

std::vector<Rule> RulesOf(const testing::GeneratedWorld& world, testing::Choices& choices) {
  std::vector<Rule> rules;
  for (const auto& layer : world.layers) {
    for (const NamedPolicy& named : layer) {
      for (const auto& collection : named.policy.collections) {
        for (size_t i = 0; i < collection.rules.size() && i < 6; ++i) {
          rules.push_back(collection.rules[i]);
        }
      }
    }
  }
  const size_t made = rules.size();
  for (size_t i = 0; i < made; ++i) rules.push_back(Varied(rules[i], rules, choices));
  return rules;
}

struct Claim {
  const Rule* a;
  const Rule* b;
};

std::vector<Claim> ClaimsAmong(const std::vector<Rule>& rules, const MatchingSettings& settings) {
  std::vector<Claim> claims;
  for (const Rule& a : rules) {
    for (const Rule& b : rules) {
      if (&a != &b && (Covers(a, b, settings) || Defeats(a, b, settings)))
        claims.push_back({&a, &b});
    }
  }
  return claims;
}

bool Matches(const Rule& rule, CollectionType type, const Request& request,
             const MatchingSettings& settings) {
  return reference::TraceRule(rule, type, request, settings).outcome == RuleOutcome::kMatched;
}

TEST(Covers, HoldsForEveryGeneratedFileAndCaller) {
  size_t claims = 0;
  size_t used = 0;
  for (uint64_t i = 0; i < (kSanitized ? 30 : 300); ++i) {
    testing::Choices choices(kSeed + i);
    const testing::GeneratedWorld world = GenerateWorld(choices);
    const std::vector<Rule> rules = RulesOf(world, choices);
    for (const Claim& claim : ClaimsAmong(rules, world.settings)) {
      ++claims;
      for (const FileAttributes& file : world.attributes) {
        for (const AccessToken& token : world.tokens) {
          Request request;
          request.file = &file;
          request.token = &token;
          for (const auto type :
               {CollectionType::kExe, CollectionType::kDll, CollectionType::kAppx}) {
            if (!Matches(*claim.b, type, request, world.settings)) continue;
            ++used;
            ASSERT_TRUE(Matches(*claim.a, type, request, world.settings)) << "world " << kSeed + i;
          }
        }
      }
    }
  }
  EXPECT_GE(claims, kSanitized ? 1000U : 10000U);
  EXPECT_GE(used * 10, claims);
}

}  // namespace
}  // namespace portcullis::authoring
