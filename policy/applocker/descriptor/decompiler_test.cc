// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/descriptor/decompiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "policy/applocker/descriptor/compiler.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"
#include "security/sddl.h"
#include "tests/support/random_policy.h"

namespace portcullis::applocker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr CompileOptions kAsWritten{.letters = LetterCase::kAsWritten};

Rule RuleOf(std::string_view condition) {
  auto rule = RuleFromSddl("XA;;FX;;;WD;(" + std::string(condition) + ")");
  EXPECT_TRUE(rule) << condition << ": " << rule.error().message;
  return rule.value_or(Rule());
}

std::string WhyNot(std::string_view condition) {
  const auto rule = RuleFromSddl("XA;;FX;;;WD;(" + std::string(condition) + ")");
  return rule ? "a rule" : rule.error().message;
}

// What a descriptor does not hold is the same in all rules, and hashes stand by type.
Rule WithoutWhatIsLost(Rule rule, const Rule& read) {
  rule.id = read.id;
  rule.name = read.name;
  rule.description = read.description;
  const auto normalize = [](Condition& condition) {
    if (auto* hashes = std::get_if<FileHashCondition>(&condition)) {
      std::ranges::stable_sort(hashes->hashes, {},
                               [](const FileHash& hash) { return hash.digest.type; });
      for (FileHash& hash : hashes->hashes) hash = FileHash{hash.digest, {}, {}};
    } else if (auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
      auto& range = publisher->binary_version_range;
      if (!range.high_section && range.low_section == FileVersion()) range.low_section.reset();
    }
  };
  normalize(rule.condition);
  for (Condition& exception : rule.exceptions) normalize(exception);
  return rule;
}

TEST(Decompile, GivesBackTheRulesThatWereCompiled) {
  size_t compared = 0;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    for (const RuleCollection& collection : RandomPolicy(seed).Make().collections) {
      const auto parts = CompileCollection(collection, kAsWritten);
      if (!parts) continue;  // a product's name with a backslash
      for (const DescriptorPart& part : *parts) {
        const auto read = DecompileDescriptor(AsBytes(part.descriptor.Serialize().value()));
        ASSERT_TRUE(read) << read.error().message;
        ASSERT_TRUE(read->is_whole()) << read->unread.front().reason;
        ASSERT_EQ(read->rules.size(), part.rules.size());
        for (size_t i = 0; i < part.rules.size(); ++i) {
          const Rule& rule = read->rules[i];
          EXPECT_EQ(rule, WithoutWhatIsLost(collection.rules[part.rules[i]], rule));
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 300U);
}

TEST(Decompile, MakesAPolicyThatCanBeWrittenAndRead) {
  const auto descriptor = ParseSddl(
      R"(D:(XD;;FX;;;WD;(APPID://PATH Contains "C:\A\*"))(XA;;FX;;;BA;(APPID://PATH == "*")))"
      R"((XA;;FX;;;WD;((Exists APPID://FQBN) && (APPID://FQBN >= {"O=A\*\*", 5}))))");
  ASSERT_TRUE(descriptor);
  auto read = DecompileDescriptor(*descriptor, {.first_id = 258});
  ASSERT_TRUE(read);
  EXPECT_THAT(read->rule_entries, ElementsAre(0, 1, 2));
  EXPECT_EQ(read->rules[0].id.ToString(), "00000000-0000-0000-0000-000000000102");
  EXPECT_EQ(read->rules[0].name, "C:\\A\\*");
  EXPECT_EQ(read->rules[2].name, "O=A\\*\\*");
  AppLockerPolicy policy;
  RuleCollection& collection = policy.collections.emplace_back();
  collection.type = CollectionType::kExe;
  collection.rules = read->rules;
  const std::string xml = WritePolicy(policy).value();
  EXPECT_EQ(ReadPolicyOrFail(MemorySource(AsBytes(xml))).value(), policy);
}

TEST(RuleFromSddl, ReadsTheFormOfMicrosoftsDocuments) {
  const auto rule = RuleFromSddl(R"(XA;;FX;;;AU;(APPID://PATH == "%windir%\*"))");
  ASSERT_TRUE(rule) << rule.error().message;
  EXPECT_EQ(rule->user_or_group_sid, well_known_sids::kAuthenticatedUsers);
  EXPECT_EQ(rule->action, Action::kAllow);
  EXPECT_EQ(rule->condition, Condition(FilePathCondition{"%windir%\\*"}));
  for (const char* text : {R"(XA;;FX;;;;(APPID://PATH == "%windir%\*"))",
                           R"( (xa;;fx;;;au;(appid://path == "%windir%\*")) )",
                           R"(D:(XA;;0x1200a0;;;S-1-5-11;(APPID://PATH Contains "%windir%\*")))"}) {
    EXPECT_EQ(RuleFromSddl(text).value(), *rule) << text;
  }
}

TEST(RuleFromSddl, ReadsWhatMeansTheSameAsARule) {
  const Rule mixed = RuleOf("(Exists APPID://SHA1HASH && APPID://SHA1HASH Any_of {#" +
                            std::string(40, '1') + "}) || (APPID://SHA256HASH == #" +
                            std::string(64, '2') + " && Exists APPID://SHA256HASH)");
  ASSERT_EQ(std::get<FileHashCondition>(mixed.condition).hashes.size(), 2U);
  EXPECT_EQ(mixed.name, "SHA256 0x" + std::string(64, '2') + " and 1 more");

  const Rule one = RuleOf(R"(APPID://PATH Contains "A" && !(APPID://PATH Contains "B" ||
      (Exists APPID://FQBN && APPID://FQBN <= {"P\Q\R", 7})))");
  const Rule two = RuleOf(R"(!((APPID://FQBN <= {"P\Q\R", 7} && Exists APPID://FQBN)) &&
      (!(APPID://PATH == "B") && APPID://PATH Contains {"A"}))");
  ASSERT_EQ(one.exceptions.size(), 2U);
  EXPECT_EQ(one.condition, two.condition);
  EXPECT_EQ(one.exceptions[0], two.exceptions[1]);
  EXPECT_EQ(one.exceptions[1], two.exceptions[0]);

  const Rule range = RuleOf(
      R"(Exists APPID://FQBN && APPID://FQBN <= {"P\A\B\C", 9} && APPID://FQBN >= {"P\A\B\C", 0})");
  EXPECT_EQ(range.condition,
            Condition(FilePublisherCondition{"P\\A", "B", "C", {FileVersion{0}, FileVersion{9}}}));
}

TEST(RuleFromSddl, RefusesWhatIsNoRule) {
  const std::string sha1 = "#" + std::string(40, '1');
  const std::string guard = "Exists APPID://FQBN && ";
  const std::pair<std::string, std::string_view> kCases[] = {
      {"@User.Title == \"PM\"", "none of AppLocker's"},
      {"APPID://SIZE == 5", "none of AppLocker's"},
      {"APPID://PATH", "without an operator"},
      {"Member_of {SID(BA)}", "Member_of where a test"},
      {"APPID://PATH Any_of {\"A\"}", "APPID://PATH with Any_of"},
      {"APPID://PATH Not_Contains \"A\"", "APPID://PATH with Not_Contains"},
      {"APPID://PATH Contains {\"A\", \"B\"}", "not one text"},
      {"APPID://PATH Contains 5", "not one text"},
      {"APPID://PATH == {\"A\"}", "not one text"},
      {"APPID://PATH Contains \"\"", "an empty path"},
      {"Exists APPID://PATH && APPID://PATH Contains \"A\"", "several tests of the path"},
      {"APPID://PATH == \"A\" && " + guard + "APPID://FQBN >= {\"A\\B\\C\", 1}",
       "several attributes"},
      {"APPID://PATH == \"A\" || APPID://PATH == \"B\"", "not both of hashes"},
      {"!(APPID://PATH == \"A\")", "nothing but exceptions"},
      {"APPID://PATH == \"A\" && !(!(APPID://PATH == \"B\"))", "! where a test"},
      {"APPID://FQBN >= {\"A\\B\\C\", 1}", "without Exists"},
      {"Exists APPID://FQBN", "without a name"},
      {guard + "APPID://FQBN == {\"A\\B\\C\", 1}", "APPID://FQBN with =="},
      {guard + "APPID://FQBN >= {\"A\\B\", 1}", "two backslashes"},
      {guard + "APPID://FQBN >= {\"\\B\\C\", 1}", "empty publisher"},
      {guard + "APPID://FQBN >= {\"A\\B\\C\"}", "not a name and a version"},
      {guard + "APPID://FQBN >= {\"A\\B\\C\", -1}", "not a name and a version"},
      {guard + "APPID://FQBN >= \"A\\B\\C\"", "not a name and a version"},
      {guard + "APPID://FQBN >= {\"A\\B\\C\", 1} && APPID://FQBN <= {\"A\\B\\D\", 2}", "two names"},
      {guard + "APPID://FQBN >= {\"A\\B\\C\", 1} && APPID://FQBN >= {\"A\\B\\C\", 2}",
       "the same end"},
      {"APPID://SHA1HASH Any_of {" + sha1 + "}", "without Exists"},
      {"Exists APPID://SHA1HASH", "not one test"},
      {"Exists APPID://SHA1HASH && APPID://SHA1HASH Any_of {#11}", "a hash of 1 bytes"},
      {"Exists APPID://SHA256HASH && APPID://SHA256HASH == " + sha1, "where SHA256 has 32"},
      {"Exists APPID://SHA1HASH && APPID://SHA1HASH Any_of {}", "not octets"},
      {"Exists APPID://SHA1HASH && APPID://SHA1HASH Any_of {\"A\"}", "not octets"},
      {"Exists APPID://SHA1HASH && APPID://SHA1HASH Contains {" + sha1 + ", " + sha1 + "}",
       "a hash with Contains"},
      {"Exists APPID://SHA1HASH && APPID://SHA1HASH Not_Any_of {" + sha1 + "}",
       "a hash with Not_Any_of"},
      {"Exists APPID://SHA1HASH && APPID://SHA1HASH == " + sha1 + " && !(APPID://PATH == \"A\")",
       "a hash rule with exceptions"},
      {"APPID://PATH == \"\x01\"", "a character that a policy can not hold"},
  };
  for (const auto& [condition, why] : kCases) {
    EXPECT_THAT(WhyNot(condition), HasSubstr(why)) << condition;
  }
}

TEST(RuleFromSddl, RefusesEntriesThatAreNoRules) {
  const std::string condition = "(APPID://PATH == \"A\")";
  const std::pair<std::string, std::string_view> kCases[] = {
      {"A;;FX;;;WD", "neither XA nor XD"},
      {"XA;OI;FX;;;WD;" + condition, "flags 0x01"},
      {"XA;;FA;;;WD;" + condition, "rights 0x1f01ff"},
      {"XA;;FX;;;S-1-5;" + condition, "sub-authority"},
      {"(XA;;FX;;;WD;" + condition, "no ) at the end"},
      {"XA;;FX;;;WD;" + condition + ")", "something behind"},
      {"D:", "without entries"},
      {"O:BA", "no DACL"},
      {"D:(XA;;FX;;;WD;" + condition + ")(XA;;FX;;;WD;" + condition + ")", "2 entries"},
  };
  for (const auto& [text, why] : kCases) {
    const auto rule = RuleFromSddl(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_THAT(rule.error().message, HasSubstr(why)) << text;
  }
}

TEST(Decompile, RefusesADaclThatNoRulesCouldMean) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"O:BA", "no DACL"},
      {"D:NO_ACCESS_CONTROL", "a null DACL"},
      {"D:", "without entries"},
      {R"(D:(XA;;FX;;;WD;(APPID://PATH == "A"))(XD;;FX;;;WD;(APPID://PATH == "B")))",
       "entry 1 at offset 92 is a denial behind an allowance"},
  };
  for (const auto& [sddl, why] : kCases) {
    const std::string bytes = ParseSddl(sddl)->Serialize().value();
    const auto read = DecompileDescriptor(AsBytes(bytes));
    ASSERT_FALSE(read) << sddl;
    EXPECT_EQ(read.error().code, ErrorCode::kUnsupported);
    EXPECT_THAT(read.error().message, HasSubstr(why)) << sddl;
  }
  EXPECT_EQ(DecompileDescriptor(AsBytes("\1")).error().code, ErrorCode::kTruncated);
}

TEST(Decompile, TellsOfEveryEntryThatIsNoRule) {
  const std::string bytes =
      ParseSddl(R"(D:(A;;FX;;;S-1-15-2-1)(D;;FX;;;WD)(XD;;FX;;;WD;(APPID://PATH == "A")))"
                R"((XA;;FX;;;WD;(a == 1))(A;;FX;;;S-1-15-2-2))")
          ->Serialize()
          .value();
  const auto read = DecompileDescriptor(AsBytes(bytes));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->is_whole());
  EXPECT_EQ(read->package_entries, 2U);
  EXPECT_THAT(read->rule_entries, ElementsAre(2));
  ASSERT_EQ(read->unread.size(), 2U);
  EXPECT_EQ(read->unread[0].index, 1U);
  EXPECT_EQ(read->unread[1].index, 3U);
  // An entry begins with its type at its offset.
  EXPECT_EQ(bytes[read->unread[0].offset], 1);
  EXPECT_EQ(bytes[read->unread[1].offset], 9);
  EXPECT_THAT(read->unread[1].reason, HasSubstr("none of AppLocker's"));
}

TEST(Decompile, HoldsPathsAndNamesToTheLimitsOfPolicies) {
  const auto read = [](const Condition& condition) {
    SecurityDescriptor descriptor = *ParseSddl("D:(XA;;FX;;;WD;(a))");
    Rule rule;
    rule.condition = condition;
    descriptor.dacl->aces[0].data = ConditionOf(rule, LetterCase::kAsWritten).value();
    return DecompileDescriptor(descriptor).value();
  };
  EXPECT_TRUE(read(FilePathCondition{std::string(kMaxPathLength, 'A')}).is_whole());
  EXPECT_FALSE(read(FilePathCondition{std::string(kMaxPathLength + 1, 'A')}).is_whole());
  const auto publisher = [](size_t length) {
    return FilePublisherCondition{std::string(length - 2, 'A'), "", "", {}};
  };
  EXPECT_TRUE(read(publisher(kMaxPublisherTextLength)).is_whole());
  EXPECT_FALSE(read(publisher(kMaxPublisherTextLength + 1)).is_whole());
}

TEST(Decompile, CutsTheNameOfARuleToWhatAPolicyHolds) {
  const Rule at = RuleOf("APPID://PATH == \"" + std::string(kMaxNameLength, 'A') + "\"");
  EXPECT_EQ(at.name, std::string(kMaxNameLength, 'A'));
  std::string wide;
  for (size_t i = 0; i < kMaxNameLength; ++i) wide += "\xC3\x89";
  const Rule past = RuleOf("APPID://PATH == \"" + wide + "\"");
  EXPECT_LE(past.name.size(), kMaxNameLength);
  EXPECT_THAT(past.name, ::testing::EndsWith("\xC3\x89..."));
}

}  // namespace
}  // namespace portcullis::applocker
