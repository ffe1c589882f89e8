// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/xml_reader.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/little_endian.h"
#include "policy/srp/xml_values.h"
#include "policy/srp/xml_writer.h"
#include "tests/support/random_srp_policy.h"

namespace portcullis::srp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

auto Read(std::string_view text) { return ReadSrpXml(AsBytes(text)); }
std::string WithRules(std::string_view rules) {
  return fmt::format(
      "<SoftwareRestrictionPolicy Version=\"1\" Scope=\"Machine\">\n<Rules>\n{}\n</Rules>"
      "</SoftwareRestrictionPolicy>",
      rules);
}
std::string Refusal(std::string_view text) {
  const auto policy = Read(text);
  return policy ? "it was read" : policy.error().message;
}
std::string RuleRefusal(std::string_view rule) { return Refusal(WithRules(rule)); }

const std::string kHead = "Id=\"{191cd7fa-f240-4a17-8986-94d480a6c8ca}\" Level=\"Disallowed\"";

TEST(SrpXml, IsReadAsItWasWritten) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    const Policy policy = RandomSrpPolicy(seed);
    const auto text = WriteSrpXml(policy);
    ASSERT_TRUE(text) << text.error().message;
    const auto again = Read(*text);
    ASSERT_TRUE(again) << seed << ": " << again.error().message;
    EXPECT_EQ(*again, policy) << *text;
  }
}

TEST(SrpXml, IsWrittenARuleALine) {
  Policy policy;
  policy.scope = Scope::kUser;
  policy.default_level = Level::kBasicUser;
  policy.policy_scope = PolicyScope::kAllButAdministrators;
  policy.executable_types = {"EXE"};
  Rule rule;
  rule.scope = Scope::kUser;
  rule.condition = PathCondition{"%TMP%\\\"a\"", false};
  rule.description = "a\nb";
  rule.last_modified = 131'000'000'000'000'001;
  policy.rules = {rule};
  EXPECT_EQ(WriteSrpXml(policy).value(),
            "<SoftwareRestrictionPolicy Version=\"1\" Scope=\"User\" DefaultLevel=\"BasicUser\" "
            "PolicyScope=\"AllButAdministrators\">\n"
            "  <ExecutableTypes>\n"
            "    <ExecutableType Extension=\"EXE\"/>\n"
            "  </ExecutableTypes>\n"
            "  <Rules>\n"
            "    <PathRule Id=\"{00000000-0000-0000-0000-000000000000}\" Level=\"Disallowed\" "
            "Path=\"%TMP%\\&quot;a&quot;\" Expandable=\"false\" Description=\"a&#xA;b\" "
            "LastModified=\"2016-02-15T08:53:20.0000001Z\"/>\n"
            "  </Rules>\n"
            "</SoftwareRestrictionPolicy>\n");
}

TEST(SrpXml, TellsAnAbsentListOfTypesFromAnEmptyOne) {
  const auto types = [](std::string_view inside) {
    return Read(fmt::format("<SoftwareRestrictionPolicy Version='1' Scope='User'>{}"
                            "</SoftwareRestrictionPolicy>",
                            inside))
        ->executable_types;
  };
  EXPECT_FALSE(types(""));
  EXPECT_TRUE(types("<ExecutableTypes/>")->empty());
  EXPECT_THAT(*types("<ExecutableTypes><ExecutableType Extension='a'/></ExecutableTypes>"),
              ElementsAre("a"));
}

TEST(SrpXml, IsReadInUtf16AsWell) { EXPECT_TRUE(Read("\xFF\xFE" + ToUtf16Le(WithRules("")))); }

TEST(SrpXml, RefusesElementsAndTextThatCanNotStandThere) {
  EXPECT_THAT(Refusal("<AppLockerPolicy/>"),
              HasSubstr("line 1, column 1: the element \"AppLockerPolicy\" can not stand as the"));
  EXPECT_THAT(Refusal("<x:SoftwareRestrictionPolicy xmlns:x='y'/>"), HasSubstr("can not stand"));
  EXPECT_THAT(
      RuleRefusal("<DriverRule/>"),
      HasSubstr("line 3, column 1: the element \"DriverRule\" can not stand there; PathRule"));
  EXPECT_THAT(RuleRefusal("</Rules><Rules>"), HasSubstr("ExecutableTypes, then Rules, each once"));
  EXPECT_THAT(RuleRefusal("</Rules><ExecutableTypes/><Rules>"), HasSubstr("can not stand there"));
  EXPECT_THAT(RuleRefusal("<PathRule " + kHead + " Path='a'><Rules/></PathRule>"),
              HasSubstr("nothing may be allowed"));
  EXPECT_THAT(RuleRefusal("text"), HasSubstr("line 3, column 1: text \"text\""));
  EXPECT_THAT(RuleRefusal("<PathRule " + kHead + " Path='a'> </PathRule>"),
              HasSubstr("text \" \""));
  EXPECT_THAT(RuleRefusal("<![CDATA[ ]]>"), HasSubstr("CDATA"));
  EXPECT_THAT(Refusal("<SoftwareRestrictionPolicy"), HasSubstr("line 1"));
  EXPECT_THAT(Refusal(""), HasSubstr("line 1"));
}

TEST(SrpXml, RefusesAttributesOfThePolicy) {
  const auto with = [](std::string_view attributes) {
    return Refusal(fmt::format("<SoftwareRestrictionPolicy {}/>", attributes));
  };
  EXPECT_EQ(with("Version='1' Scope='User'"), "it was read");
  EXPECT_THAT(with("Scope='User'"), HasSubstr("without its attribute Version"));
  EXPECT_THAT(with("Version='1'"), HasSubstr("without its attribute Scope"));
  EXPECT_THAT(with("Version='2' Scope='User'"),
              HasSubstr("line 1, column 28: Version is \"2\", where 1 alone"));
  EXPECT_THAT(with("Version='1' Scope='user'"), HasSubstr("where Machine, User are allowed"));
  EXPECT_THAT(with("Version='1' Scope='User' DefaultLevel='Basic User'"), HasSubstr("BasicUser"));
  EXPECT_THAT(with("Version='1' Scope='User' TransparentEnabled='1'"),
              HasSubstr("AllButLibraries"));
  EXPECT_THAT(with("Version='1' Scope='User' AuthenticodeEnabled='1'"),
              HasSubstr("true and false"));
  EXPECT_THAT(with("Version='1' Scope='User' Levels='4294967296'"), HasSubstr("32 bits"));
  EXPECT_THAT(with("Version='1' Scope='User' Levels=''"), HasSubstr("32 bits"));
  EXPECT_THAT(with("Version='1' Scope='User' Novel='1'"), HasSubstr("has no attribute \"Novel\""));
  EXPECT_THAT(with("Version='1' Scope='User' xmlns:x='y' x:Levels='1'"), HasSubstr("no attribute"));
  EXPECT_THAT(
      with(fmt::format("Version='1' Scope='User' LogFileName='{:a>{}}'", "", kMaxPathUnits + 1)),
      HasSubstr("column 53: a log file's name of 32768 UTF-16 units"));
}

TEST(SrpXml, RefusesAttributesOfRules) {
  const auto path = [](std::string_view rest) {
    return RuleRefusal(fmt::format("<PathRule {}/>", rest));
  };
  EXPECT_EQ(path(kHead + " Path='a'"), "it was read");
  EXPECT_THAT(path("Level='Disallowed' Path='a'"), HasSubstr("PathRule without its attribute Id"));
  EXPECT_THAT(path("Id='191cd7fa-f240-4a17-8986-94d480a6c8ca' Level='Disallowed' Path='a'"),
              HasSubstr("GUIDs in braces"));
  EXPECT_THAT(path(kHead), HasSubstr("without its attribute Path"));
  EXPECT_THAT(path(kHead + " Path=''"), HasSubstr("an empty path"));
  EXPECT_THAT(path(kHead + " Path='a' Zone='Internet'"), HasSubstr("no attribute \"Zone\""));
  EXPECT_THAT(path(kHead + " Path='a' LastModified='yesterday'"), HasSubstr("1234567Z"));
  EXPECT_THAT(path(kHead + " Path='a' SaferFlags='-1'"), HasSubstr("32 bits"));
  EXPECT_THAT(RuleRefusal("<UrlZoneRule " + kHead + " Zone='3'/>"), HasSubstr("MyComputer"));
  EXPECT_THAT(RuleRefusal("<UrlZoneRule " + kHead + "/>"), HasSubstr("without its attribute Zone"));
}

TEST(SrpXml, RefusesABrokenHash) {
  const auto hash = [](std::string_view rest) {
    return RuleRefusal(fmt::format("<HashRule {} {}/>", kHead, rest));
  };
  const std::string digest = "D41D8CD98F00B204E9800998ECF8427E";
  EXPECT_EQ(hash("Algorithm='MD5' Size='1' Digest='" + digest + "'"), "it was read");
  EXPECT_THAT(hash("Algorithm='SHA1' Size='1' Digest='" + digest + "'"),
              HasSubstr("where 40 digits of SHA1 are allowed"));
  EXPECT_THAT(hash("Algorithm='MD5' Size='1' Digest='x'"), HasSubstr("hexadecimal digits"));
  EXPECT_THAT(hash("Algorithm='MD5' Digest='" + digest + "'"),
              HasSubstr("without its attribute Size"));
  EXPECT_THAT(hash("Algorithm='MD5' Size='18446744073709551616' Digest='" + digest + "'"),
              HasSubstr("64 bits"));
  EXPECT_THAT(hash("Algorithm='MD5' Size='1' Sha256='" + digest + "' Digest='" + digest + "'"),
              HasSubstr("64 hexadecimal digits"));
}

TEST(SrpXml, RefusesABrokenCertificate) {
  const auto rule = [](std::string_view rest) {
    return RuleRefusal(fmt::format("<CertificateRule {}/>", rest));
  };
  const std::string good = "Thumbprint='A9993E364706816ABA3E25717850C26C9CD0D89D' ";
  EXPECT_EQ(rule(good + "Level='Disallowed' Certificate='YWJj'"), "it was read");
  EXPECT_EQ(rule(good + "Level='Disallowed'"), "it was read");
  EXPECT_THAT(rule(good + "Level='BasicUser'"), HasSubstr("level BasicUser"));
  EXPECT_THAT(rule(good + "Level='Disallowed' Certificate='YWJk'"), HasSubstr("thumbprint A9993E"));
  EXPECT_THAT(rule(good + "Level='Disallowed' Certificate='YWJ'"), HasSubstr("base64"));
  EXPECT_THAT(rule(good + "Level='Disallowed' Certificate=''"), HasSubstr("base64"));
  EXPECT_THAT(rule("Thumbprint='A9' Level='Disallowed'"), HasSubstr("40 hexadecimal digits"));
  EXPECT_THAT(rule(good + "Level='Disallowed' Id='{191cd7fa-f240-4a17-8986-94d480a6c8ca}'"),
              HasSubstr("no attribute \"Id\""));
}

TEST(SrpXml, RefusesTwoRulesOfOneKey) {
  const std::string rule = "<PathRule " + kHead + " Path='a'/>";
  EXPECT_THAT(RuleRefusal(rule + "\n" + rule),
              HasSubstr("line 4, column 1: Disallowed path rule {191cd7fa"));
  EXPECT_EQ(RuleRefusal(rule + "<UrlZoneRule " + kHead + " Zone='Internet'/>"), "it was read");
}

TEST(SrpXml, HasLimits) {
  const auto types = [](size_t count) {
    std::string text = "<SoftwareRestrictionPolicy Version='1' Scope='User'><ExecutableTypes>";
    for (size_t i = 0; i < count; ++i) text += "<ExecutableType Extension='a'/>";
    return Read(text + "</ExecutableTypes></SoftwareRestrictionPolicy>");
  };
  EXPECT_TRUE(types(kMaxDesignatedTypes));
  EXPECT_EQ(types(kMaxDesignatedTypes + 1).error().code, ErrorCode::kLimitExceeded);
  const auto rules = [](size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
      text += fmt::format(
          "<UrlZoneRule Id='{{{:08x}-f240-4a17-8986-94d480a6c8ca}}' "
          "Level='Disallowed' Zone='Internet'/>",
          i);
    }
    return Read(WithRules(text));
  };
  EXPECT_TRUE(rules(kMaxRules));
  EXPECT_EQ(rules(kMaxRules + 1).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ReadSrpXml({static_cast<const uint8_t*>(nullptr), kMaxSrpXmlBytes + 1}).error().code,
            ErrorCode::kLimitExceeded);
}

TEST(SrpXml, RefusesToWriteWhatXmlCanNotCarry) {
  Policy policy;
  policy.log_file_name = "a\x01";
  EXPECT_THAT(WriteSrpXml(policy).error().message, HasSubstr("LogFileName"));
  policy.log_file_name = "";
  EXPECT_TRUE(WriteSrpXml(policy));
  policy.rules.emplace_back().condition = PathCondition{};
  EXPECT_THAT(WriteSrpXml(policy).error().message, HasSubstr("rule 1: an empty path"));
}

TEST(SrpXmlValues, SayMomentsAndNumbers) {
  EXPECT_EQ(FileTimeText(116'444'736'000'000'000), "1970-01-01T00:00:00.0000000Z");
  EXPECT_EQ(FileTimeText(116'444'735'999'999'999), "116444735999999999");
  EXPECT_EQ(FileTimeText(~uint64_t{0}), "18446744073709551615");
  for (const uint64_t moment :
       {uint64_t{0}, uint64_t{1}, uint64_t{116'444'736'000'000'000},
        uint64_t{131'000'000'000'000'001}, uint64_t{208'591'199'999'999'999},
        uint64_t{208'591'200'000'000'000}, ~uint64_t{0}}) {
    EXPECT_EQ(ParseFileTime(FileTimeText(moment)), moment) << FileTimeText(moment);
  }
  EXPECT_EQ(ParseFileTime("2300-01-01T00:00:00.0000000Z").value(), 220'582'656'000'000'000U);
  for (const char* text : {"", "x", "2016-13-14T08:53:20.0000001Z", "2016-02-14 08:53:20.0000001Z",
                           "2016-02-14T08:53:20.00000x1Z", "2016-02-14T08:53:20.00000012",
                           "2016-02-14T08:53:20,0000001Z", "18446744073709551616"}) {
    EXPECT_FALSE(ParseFileTime(text)) << text;
  }
}

}  // namespace
}  // namespace portcullis::srp
