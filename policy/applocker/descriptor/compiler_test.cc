// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/bytes.h"
#include "policy/applocker/rule_sddl.h"
#include "security/condition_binary.h"
#include "security/sddl.h"
#include "tests/support/random_policy.h"

namespace portcullis::applocker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Rule PathRule(std::string path, Action action = Action::kAllow) {
  Rule rule;
  rule.user_or_group_sid = well_known_sids::kEveryone;
  rule.action = action;
  rule.condition = FilePathCondition{std::move(path)};
  return rule;
}

std::string BytesOf(const Ace& ace) {
  std::string bytes;
  EXPECT_TRUE(ace.AppendBinary(bytes));
  return bytes;
}

std::string Spaceless(std::string_view hex) {
  std::string text;
  for (const char c : hex) {
    if (c != ' ' && c != '\n') text += c;
  }
  return text;
}

// The vector of section 7.4 of the reference, 80 bytes.
TEST(RuleToAce, GivesThePathVectorByteForByte) {
  const std::string bytes = BytesOf(RuleToAce(PathRule("%WinDir%\\*")).value());
  EXPECT_EQ(bytes.size(), 80U);
  EXPECT_EQ(HexLower(AsBytes(bytes)), Spaceless(R"(
      09 00 50 00 a0 00 12 00 01 01 00 00 00 00 00 01 00 00 00 00 61 72 74 78
      f8 18 00 00 00 41 00 50 00 50 00 49 00 44 00 3a 00 2f 00 2f 00 50 00 41 00 54 00 48 00
      10 14 00 00 00 25 00 57 00 49 00 4e 00 44 00 49 00 52 00 25 00 5c 00 2a 00 86 00)"));
}

TEST(RuleToAce, GivesThePublisherVectorByteForByte) {
  Rule rule = PathRule("");
  rule.condition = FilePublisherCondition{"P", "Q", "*", {}};
  const Ace ace = RuleToAce(rule).value();
  EXPECT_EQ(HexLower(AsBytes(SerializeCondition(*ace.condition()))), Spaceless(R"(
      61 72 74 78
      f8 18 00 00 00 41 00 50 00 50 00 49 00 44 00 3a 00 2f 00 2f 00 46 00 51 00 42 00 4e 00 87
      f8 18 00 00 00 41 00 50 00 50 00 49 00 44 00 3a 00 2f 00 2f 00 46 00 51 00 42 00 4e 00
      50 1a 00 00 00 10 0a 00 00 00 50 00 5c 00 51 00 5c 00 2a 00
      04 00 00 00 00 00 00 00 00 03 02 85 a0)"));
}

// What RuleToSddl prints reads back as the very descriptor that is compiled.
TEST(CompileCollection, AgreesWithTheTextOfARule) {
  size_t compared = 0;
  for (uint32_t seed = 0; seed < 400; ++seed) {
    for (const RuleCollection& collection : RandomPolicy(seed).Make().collections) {
      for (const Rule& rule : collection.rules) {
        const auto text = RuleToSddl(rule);
        if (!text) continue;
        RuleCollection one;
        one.rules.push_back(rule);
        const auto parts = CompileCollection(one);
        ASSERT_TRUE(parts) << parts.error().message;
        ASSERT_EQ(parts->size(), 1U);
        const auto read = ParseSddl(*text);
        ASSERT_TRUE(read) << *text << ": " << read.error().message;
        EXPECT_EQ(*read, parts->front().descriptor) << *text;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 500U);
}

TEST(RuleToAce, KeepsTheCaseWhereItIsAsked) {
  const Ace ace = RuleToAce(PathRule("/Opt/*"), LetterCase::kAsWritten).value();
  EXPECT_EQ(FormatAce(ace).value(), "(XA;;FX;;;WD;(APPID://PATH Contains \"/Opt/*\"))");
}

TEST(CompileCollection, PutsDenialsFirstInTheOrderOfTrial) {
  RuleCollection collection;
  collection.rules = {PathRule("A"), PathRule("B", Action::kDeny), PathRule("C"),
                      PathRule("D", Action::kDeny)};
  for (size_t i = 0; i < 4; ++i) {
    collection.rules[i].id.bytes[0] = static_cast<uint8_t>(9 - i);
  }
  EXPECT_THAT(CompileCollection(collection)->front().rules, ElementsAre(1, 3, 0, 2));
  const CompileOptions by_id{.order = ReportedRule::kSmallestId};
  EXPECT_THAT(CompileCollection(collection, by_id)->front().rules, ElementsAre(3, 1, 2, 0));
}

TEST(CompileCollection, GivesNoDescriptorForNoRules) {
  EXPECT_TRUE(CompileCollection({})->empty());
}

RuleCollection LargeCollection() {
  RuleCollection collection;
  for (size_t i = 0; i < 3000; ++i) {
    collection.rules.push_back(PathRule("C:\\FOLDER" + std::to_string(i) + "\\*",
                                        i % 3 == 0 ? Action::kAllow : Action::kDeny));
  }
  return collection;
}

TEST(CompileCollection, SplitsWhatOneAclCanNotHold) {
  const RuleCollection collection = LargeCollection();
  const auto parts = CompileCollection(collection);
  ASSERT_TRUE(parts);
  ASSERT_GT(parts->size(), 3U);
  std::set<size_t> rules;
  bool has_allowance = false;
  for (size_t i = 0; i < parts->size(); ++i) {
    const DescriptorPart& part = (*parts)[i];
    const auto bytes = part.descriptor.Serialize();
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(SecurityDescriptor::Parse(AsBytes(*bytes)).value(), part.descriptor);
    // No part has room for the first entry of the next.
    if (i + 1 < parts->size()) {
      Acl longer = *part.descriptor.dacl;
      longer.aces.push_back((*parts)[i + 1].descriptor.dacl->aces.front());
      std::string unused;
      EXPECT_FALSE(longer.AppendBinary(unused));
    }
    for (const size_t rule : part.rules) {
      rules.insert(rule);
      const bool is_allowance = collection.rules[rule].action == Action::kAllow;
      EXPECT_FALSE(has_allowance && !is_allowance);
      has_allowance = has_allowance || is_allowance;
    }
  }
  EXPECT_EQ(rules.size(), collection.rules.size());
}

TEST(JoinParts, PutsAllDenialsBeforeAllAllowances) {
  RuleCollection first;
  first.rules = {PathRule("A"), PathRule("B", Action::kDeny)};
  RuleCollection second = first;
  std::vector<DescriptorPart> parts = CompileCollection(first).value();
  parts.push_back(CompileCollection(second)->front());
  parts.back().rules = {7, 6};
  const DescriptorPart joined = JoinParts(parts);
  EXPECT_THAT(joined.rules, ElementsAre(1, 7, 0, 6));
  EXPECT_EQ(joined.descriptor.dacl->aces[1].type, AceType::kDeniedCallback);
  EXPECT_EQ(joined.descriptor.dacl->aces[2].type, AceType::kAllowedCallback);
}

TEST(RuleToAce, TakesAsManyExceptionsAsAnAceHolds) {
  for (const size_t exceptions : {kMaxExceptionsInARow, kMaxExceptionsInARow + 1, size_t{1500}}) {
    Rule rule = PathRule("*");
    rule.exceptions.assign(exceptions, Condition(FilePathCondition{"A"}));
    const auto text = RuleToSddl(rule);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(ParseSddl(*text)->dacl->aces.front(), RuleToAce(rule).value());
  }
  Rule rule = PathRule("*");
  rule.exceptions.assign(2000, Condition(FilePathCondition{"A"}));
  const auto ace = RuleToAce(rule);
  ASSERT_FALSE(ace);
  EXPECT_EQ(ace.error().code, ErrorCode::kLimitExceeded);
}

TEST(RuleToAce, RefusesARuleThatIsTooLargeForAnAce) {
  constexpr size_t kLongest = 32'732;
  EXPECT_EQ(BytesOf(RuleToAce(PathRule(std::string(kLongest, 'A'))).value()).size(),
            kMaxRuleAceSize);
  for (const size_t length : {kLongest + 1, kLongest + 3}) {
    const auto ace = RuleToAce(PathRule(std::string(length, 'A')));
    ASSERT_FALSE(ace);
    EXPECT_EQ(ace.error().code, ErrorCode::kLimitExceeded);
    EXPECT_THAT(ace.error().message, HasSubstr("too large for an ACE"));
  }
  Rule rule = PathRule("");
  FileHashCondition hashes;
  hashes.hashes.resize(1800);
  rule.condition = hashes;
  EXPECT_EQ(RuleToAce(rule).error().code, ErrorCode::kLimitExceeded);
}

TEST(CompileCollection, RefusesWhatADescriptorCanNotHoldAndNamesTheRule) {
  const auto refused = [](Condition condition) {
    RuleCollection collection;
    collection.rules.push_back(PathRule("A"));
    collection.rules.push_back(PathRule(""));
    collection.rules[1].id = *RuleId::Parse("12345678-0000-0000-0000-000000000000");
    collection.rules[1].condition = std::move(condition);
    const auto parts = CompileCollection(collection);
    EXPECT_EQ(parts.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(parts.error().message, HasSubstr("rule 12345678-"));
    return parts.error().message;
  };
  EXPECT_THAT(refused(FilePublisherCondition{"P", "Q\\R", "*", {}}), HasSubstr("backslash"));
  EXPECT_THAT(refused(FilePublisherCondition{"P", "Q", "A\\*", {}}), HasSubstr("backslash"));
  EXPECT_THAT(refused(FilePathCondition{"\xC3"}), HasSubstr("not UTF-8"));
  EXPECT_THAT(refused(FileHashCondition{}), HasSubstr("without hashes"));
}

}  // namespace
}  // namespace portcullis::applocker
