// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/policy_reader.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/applocker/limits.h"

namespace portcullis::applocker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kId1 = "a61c8b2c-a319-4cd0-9690-d2177cad7b51";
constexpr std::string_view kPathConditions =
    "<Conditions><FilePathCondition Path='%WINDIR%\\*'/></Conditions>";

PolicyDocument Read(std::string_view text, ReadOptions options = {}) {
  const MemorySource source(AsBytes(text));
  return ReadPolicy(source, options);
}

std::string Policy(std::string_view inside) {
  return fmt::format("<AppLockerPolicy Version='1'>{}</AppLockerPolicy>", inside);
}
std::string Exe(std::string_view inside) {
  return Policy(fmt::format("<RuleCollection Type='Exe'>{}</RuleCollection>", inside));
}
std::string Rule(std::string_view kind, std::string_view id, std::string_view inside) {
  return fmt::format(
      "<File{0}Rule Id='{1}' Name='n' Description='' UserOrGroupSid='S-1-1-0' "
      "Action='Allow'>{2}</File{0}Rule>",
      kind, id, inside);
}
std::string PathRule(std::string_view path) {
  return Rule("Path", kId1,
              fmt::format("<Conditions><FilePathCondition Path='{}'/></Conditions>", path));
}
std::string PublisherRule(std::string_view low, std::string_view high) {
  return Rule("Publisher", kId1,
              fmt::format("<Conditions><FilePublisherCondition PublisherName='O=X' ProductName='*' "
                          "BinaryName='*'><BinaryVersionRange LowSection='{}' HighSection='{}'/>"
                          "</FilePublisherCondition></Conditions>",
                          low, high));
}
std::string HashRule(std::string_view attributes) {
  return Rule("Hash", kId1,
              fmt::format("<Conditions><FileHashCondition><FileHash {}/></FileHashCondition>"
                          "</Conditions>",
                          attributes));
}
std::string Extensions(std::string_view more) {
  return Exe(
      fmt::format("<RuleCollectionExtensions><ThresholdExtensions/><RedstoneExtensions/>{}"
                  "</RuleCollectionExtensions>",
                  more));
}

// "line:column id" of each, for comparing at a glance.
std::vector<std::string> Places(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> places;
  places.reserve(diagnostics.size());
  for (const Diagnostic& diagnostic : diagnostics) {
    places.push_back(fmt::format("{}:{} {}", diagnostic.line, diagnostic.column, diagnostic.id));
  }
  return places;
}
std::vector<std::string> Ids(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> ids;
  ids.reserve(diagnostics.size());
  for (const Diagnostic& diagnostic : diagnostics) ids.emplace_back(diagnostic.id);
  return ids;
}

// Every element and attribute of a collection.
constexpr std::string_view kWholePolicy = R"(<?xml version="1.0" encoding="utf-8"?>
<AppLockerPolicy Version="1">
  <RuleCollection Type="Exe" EnforcementMode="Enabled">
    <FilePathRule Id="a61c8b2c-a319-4cd0-9690-d2177cad7b51" Name="Windows" Description="all of it"
        UserOrGroupSid="S-1-5-32-545" Action="Deny">
      <Exceptions>
        <FilePathCondition Path="%WINDIR%\Temp\*"/>
        <FileHashCondition><FileHash Type="SHA1" Data="0x000102030405060708090a0b0c0d0e0f10111213"/></FileHashCondition>
      </Exceptions>
      <Conditions><FilePathCondition Path="%WINDIR%\*"/></Conditions>
    </FilePathRule>
    <FilePublisherRule Id="FD686D83-A829-4351-8FF4-27C7DE5755D2" Name="p" Description="" UserOrGroupSid="S-1-1-0" Action="Allow">
      <Conditions><FilePublisherCondition PublisherName="O=X" ProductName="P" BinaryName="">
        <BinaryVersionRange LowSection="1.2.3.65535" HighSection="*"/></FilePublisherCondition></Conditions>
    </FilePublisherRule>
    <FileHashRule Id="9d0bf9fb-cd56-4b42-9b88-4d4b7bb8f3a1" Name="h" Description="" UserOrGroupSid="S-1-1-0" Action="Allow">
      <Conditions><FileHashCondition>
        <FileHash Type="SHA256Flat" Data="0x54C94BF6CD397A0B3F2B2215A52AE1AA479FD9FA1E148F3617865A073723375C" SourceFileName="t.exe" SourceFileLength=" 30367 "/>
      </FileHashCondition></Conditions>
    </FileHashRule>
    <RuleCollectionExtensions>
      <ThresholdExtensions><Services EnforcementMode="ServicesOnly"/></ThresholdExtensions>
      <RedstoneExtensions><SystemApps Allow="Enabled"/>
        <OriginDataRevocation CurrentOriginDataId="7" TrustedOriginDataId="4294967295"/></RedstoneExtensions>
    </RuleCollectionExtensions>
  </RuleCollection>
</AppLockerPolicy>)";

RuleCollection ReadWholePolicy() {
  auto document = Read(kWholePolicy);
  EXPECT_THAT(Ids(document.errors), IsEmpty());
  return document.policy ? document.policy->collections.at(0) : RuleCollection();
}

TEST(PolicyReader, ReadsTheFrameOfAPolicy) {
  const auto document = Read(kWholePolicy);

  ASSERT_THAT(document.errors, IsEmpty());
  ASSERT_TRUE(document.policy);
  EXPECT_THAT(document.warnings, IsEmpty());
  EXPECT_FALSE(document.is_fragment);
  EXPECT_THAT(document.collections,
              ElementsAre(CollectionSummary{"Exe", EnforcementMode::kEnabled, 3}));
  const RuleCollection& exe = document.policy->collections.at(0);
  EXPECT_EQ(exe.type, CollectionType::kExe);
  EXPECT_EQ(exe.mode(), EnforcementMode::kEnabled);
}

TEST(PolicyReader, ReadsPathRulesWithExceptions) {
  const RuleCollection exe = ReadWholePolicy();
  const auto& path = exe.rules.at(0);
  EXPECT_EQ(path.line, 4U);
  EXPECT_EQ(path.id.ToString(), kId1);
  EXPECT_EQ(path.name, "Windows");
  EXPECT_EQ(path.description, "all of it");
  EXPECT_EQ(path.user_or_group_sid, well_known_sids::kUsers);
  EXPECT_EQ(path.action, Action::kDeny);
  EXPECT_EQ(path.condition, Condition(FilePathCondition{"%WINDIR%\\*"}));
  ASSERT_EQ(path.exceptions.size(), 2U);
  EXPECT_EQ(path.exceptions[0], Condition(FilePathCondition{"%WINDIR%\\Temp\\*"}));
  const FileDigest& sha1 = std::get<FileHashCondition>(path.exceptions[1]).hashes.at(0).digest;
  EXPECT_EQ(sha1.type, HashType::kSha1);
  EXPECT_EQ(sha1.bytes[19], 0x13);
}

TEST(PolicyReader, ReadsPublisherAndHashRules) {
  const RuleCollection exe = ReadWholePolicy();
  const auto& publisher = std::get<FilePublisherCondition>(exe.rules.at(1).condition);
  EXPECT_EQ(exe.rules.at(1).id.ToString(), "FD686D83-A829-4351-8FF4-27C7DE5755D2");
  EXPECT_EQ(publisher.binary_name, "");
  EXPECT_EQ(publisher.binary_version_range.low_section, FileVersion::Of(1, 2, 3, 65535));
  EXPECT_EQ(publisher.binary_version_range.high_section, std::nullopt);

  const FileHash& hash = std::get<FileHashCondition>(exe.rules.at(2).condition).hashes.at(0);
  EXPECT_EQ(hash.digest.type, HashType::kSha256Flat);
  EXPECT_EQ(hash.digest.bytes[31], 0x5C);
  EXPECT_EQ(hash.source_file_name, "t.exe");
  EXPECT_EQ(hash.source_file_length, "30367");
}

TEST(PolicyReader, ReadsTheExtensionsOfACollection) {
  const RuleCollection exe = ReadWholePolicy();
  ASSERT_TRUE(exe.extensions);
  EXPECT_EQ(exe.extensions->services, ServicesEnforcement::kServicesOnly);
  EXPECT_EQ(exe.extensions->system_apps_allow, true);
  EXPECT_EQ(exe.extensions->origin_data_revocation, (OriginDataRevocation{7, 4294967295}));
}

TEST(PolicyReader, ReadsALoneRuleCollection) {
  const auto document = Read("<RuleCollection Type='ManagedInstaller'/>");
  ASSERT_TRUE(document.policy);
  EXPECT_TRUE(document.is_fragment);
  EXPECT_EQ(document.policy->collections.at(0).type, CollectionType::kManagedInstaller);
}

TEST(PolicyReader, ReadsCommentsAndInstructionsAnywhere) {
  EXPECT_TRUE(Read("<?a?><!-- b -->" +
                   Exe("<!-- c --><?d?>" +
                       Rule("Path", kId1,
                            "<Conditions><!-- --><FilePathCondition Path='x'><!-- --><?e?>"
                            "</FilePathCondition></Conditions>")) +
                   "<!-- f -->")
                  .accepted());
}

struct Bad {
  std::string text;
  std::string_view place;    // "line:column id"
  std::string_view message;  // a part of it
};

const std::vector<Bad>& BadFrames() {
  static const std::vector<Bad> cases = {
      {"<Policy/>", "1:1 unknown-root", "\"Policy\""},
      {"<p:RuleCollection xmlns:p='urn:p' Type='Exe'/>", "1:1 unknown-root", "\"urn:p\""},
      {"<AppLockerPolicy Version='1' xmlns='u'/>", "1:1 unknown-root", "namespace"},
      {"<AppLockerPolicy/>", "1:1 missing-attribute", "AppLockerPolicy without Version"},
      {"<AppLockerPolicy Version='x'/>", "1:18 bad-number", "decimal number"},
      {"<AppLockerPolicy Version='1' Extra=''/>", "1:30 unknown-attribute", "allowed is Version"},
      {Policy("text"), "1:30 text-not-allowed", "RuleCollection"},
      {Policy("<Rule/>"), "1:30 unknown-element", "RuleCollection, PolicyExtensions"},
      {Policy("<x:RuleCollection xmlns:x='u' Type='Exe'/>"), "1:30 namespace", "\"u\""},
      {Policy("<RuleCollection/>"), "1:30 missing-attribute", "without Type"},
      {Policy("<RuleCollection Type='Exe' EnforcementMode='Audit'/>"), "1:57 bad-word",
       "NotConfigured, Enabled, AuditOnly"},
      {Policy("<RuleCollection Type='Exe'/>\n<RuleCollection Type='Exe'/>"),
       "2:17 duplicate-collection-type", "second collection"},
      {Policy("<PolicyExtensions><ThresholdExtensions/></PolicyExtensions>\n"
              "<RuleCollection Type='Exe'/>"),
       "2:1 element-out-of-order", "must precede"},
  };
  return cases;
}

const std::vector<Bad>& BadRules() {
  static const std::vector<Bad> cases = {
      {Exe("<FilePathRule/>"), "1:57 missing-attribute", "Id"},
      {Exe(Rule("Path", "{" + std::string(kId1) + "}", kPathConditions)), "1:71 bad-guid",
       "without braces"},
      {Exe("\n" + Rule("Path", kId1, "")), "2:1 missing-element", "without Conditions"},
      {Exe("\n" +
           Rule("Path", kId1, std::string(kPathConditions) + "\n" + std::string(kPathConditions))),
       "3:1 repeated-element", "Conditions"},
      {Exe(Rule("Path", kId1, "\n<Conditions/>")), "2:1 missing-element",
       "Conditions without FilePathCondition"},
      {Exe(Rule("Path", kId1, "<Conditions>\n<FileHashCondition/></Conditions>")),
       "1:177 missing-element", "Conditions without FilePathCondition"},
      {Exe(Rule("Hash", kId1,
                "<Conditions><FileHashCondition><FileHash Type='SHA1' Data='0x" +
                    std::string(40, 'a') + "'/></FileHashCondition></Conditions>\n<Exceptions/>")),
       "2:1 unknown-element", "\"Exceptions\" in FileHashRule"},
      {Exe(Rule("Path", kId1, std::string(kPathConditions) + "\nx")), "2:1 text-not-allowed", ""},
      {Exe(Rule("Path", kId1,
                "<Conditions><FilePathCondition Path='x'>\n</FilePathCondition></Conditions>")),
       "1:217 text-not-allowed", "not even white space"},
      {Exe(std::string("<![CDATA[ ]]>")), "1:57 text-not-allowed", ""},
      {Exe(PathRule("")), "1:208 too-short", "Path is empty"},
      {Exe(PublisherRule("1.2.3", "*")), "1:289 bad-version", "\"1.2.3\""},
      {Exe(PublisherRule("*", "1.2.3.123456")), "1:304 bad-version", "HighSection"},
      {Exe(HashRule("Type='MD5' Data='0x00'")), "1:218 bad-word", "SHA256, SHA256Flat, SHA1"},
      {Exe(HashRule("Type='SHA1' Data='0x00' SourceFileLength='big'")), "1:230 bad-hash",
       "64 or 40"},
      {Exe("<RuleCollectionExtensions>\n<RedstoneExtensions/></RuleCollectionExtensions>"),
       "2:1 missing-element", "without ThresholdExtensions"},
      {Exe("<RuleCollectionExtensions><ThresholdExtensions/></RuleCollectionExtensions>"),
       "1:57 missing-element", "without RedstoneExtensions"},
      {Exe("<RuleCollectionExtensions><ThresholdExtensions/><RedstoneExtensions/>"
           "</RuleCollectionExtensions>\n" +
           PathRule("x")),
       "2:1 element-out-of-order", "FilePathRule"},
      {Extensions("text"), "1:126 text-not-allowed", ""},
  };
  return cases;
}

void ExpectRefusals(const std::vector<Bad>& cases) {
  for (const Bad& bad : cases) {
    const auto document = Read(bad.text);
    ASSERT_FALSE(document.errors.empty()) << bad.text;
    EXPECT_FALSE(document.policy) << bad.text;
    EXPECT_EQ(Places(document.errors)[0], bad.place) << bad.text;
    EXPECT_THAT(document.errors[0].message, HasSubstr(bad.message)) << bad.text;
  }
}

TEST(PolicyReader, RefusesWhatTheSchemaRefusesAtItsPlace) {
  ExpectRefusals(BadFrames());
  ExpectRefusals(BadRules());
}

TEST(PolicyReader, CollectsErrorsInTheOrderOfTheText) {
  const auto document = Read(
      "<AppLockerPolicy Version='1'>\n"
      "<RuleCollection Type='Exe' EnforcementMode='enabled'>\n"
      "<FilePathRule Id='a61c8b2c-a319-4cd0-9690-d2177cad7b51' Name='' Description='' "
      "UserOrGroupSid='Everyone' Action='allow'>\n"
      "<Conditions><FilePathCondition/></Conditions></FilePathRule>\n"
      "<Unknown><Nested/></Unknown>\n"
      "<FilePathRule Id='a61c8b2c-a319-4cd0-9690-d2177cad7b51' Name='n' Description='' "
      "UserOrGroupSid='S-1-1-0' Action='Allow'>\n" +
      std::string(kPathConditions) + "</FilePathRule></RuleCollection></AppLockerPolicy>");
  EXPECT_THAT(
      Places(document.errors),
      ElementsAre("2:28 bad-word", "3:57 too-short", "3:80 bad-sid", "3:106 bad-word",
                  "4:13 missing-attribute", "5:1 unknown-element", "6:1 duplicate-rule-id"));
  EXPECT_THAT(document.errors[6].message, HasSubstr("line 3"));
  EXPECT_EQ(document.collections.at(0).rules, 2U);
}

TEST(PolicyReader, EndsAtTextThatIsNotWellFormed) {
  const auto document = Read("<AppLockerPolicy Version='one'>\n<RuleCollection></AppLockerPolicy>");
  EXPECT_THAT(Places(document.errors),
              ElementsAre("1:18 bad-number", "2:1 missing-attribute", "2:19 xml-tag-mismatch"));
}

TEST(PolicyReader, EndsAfterTooManyErrors) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "<X/>";
  const auto document = Read(Policy(many), {.max_errors = 3});
  EXPECT_THAT(Ids(document.errors), ElementsAre("unknown-element", "unknown-element",
                                                "unknown-element", "too-many-errors"));
  EXPECT_FALSE(Read(Policy("<X/>"), {.max_errors = 0}).accepted());
}

TEST(PolicyReader, ShowsForeignTextEscaped) {
  const auto document = Read("<AppLockerPolicy Version='&#x202E;\xC3\xA9&quot;'/>");
  ASSERT_FALSE(document.errors.empty());
  EXPECT_THAT(document.errors[0].message, HasSubstr("\"\\u{202E}\\u{E9}\\\"\""));
}

struct Beyond {
  std::string text;
  std::string_view id;
};

std::vector<Beyond> BeyondCases() {
  const std::string digits40 = "'0x" + std::string(40, 'a') + "'";
  const std::string digits64 = "'0x" + std::string(64, 'a') + "'";
  std::string other_case(kId1);
  other_case[0] = 'A';
  std::string astral_path;
  for (size_t i = 0; i < kMaxPathLength; ++i) astral_path += "\xF0\x9F\x98\x80";
  std::string publisher = PublisherRule("*", "*");
  publisher.replace(publisher.find("O=X"), 3, std::string(kMaxPublisherTextLength + 1, 'x'));
  return {
      {"<AppLockerPolicy Version='2'/>", "policy-version"},
      {"<AppLockerPolicy Version='1.5'/>", "policy-version"},
      {"<AppLockerPolicy Version='-1'/>", "policy-version"},
      {Exe(PublisherRule("99999.0.0.0", "*")), "version-part-too-large"},
      {Exe(PublisherRule("*", "0.0.0.65536")), "version-part-too-large"},
      {Exe(PublisherRule("1-2-3-4", "*")), "version-separator"},
      {Exe(PublisherRule("1234567", "*")), "version-separator"},
      {Exe(HashRule("Type='SHA256' Data=" + digits40)), "hash-length"},
      {Exe(HashRule("Type='SHA256Flat' Data=" + digits40)), "hash-length"},
      {Exe(HashRule("Type='SHA1' Data=" + digits64)), "hash-length"},
      {Exe(Rule("Path", kId1, kPathConditions) + Rule("Path", other_case, kPathConditions)),
       "rule-id-differs-only-in-case"},
      {Policy("<RuleCollection Type='Exe'/><RuleCollection Type='exe'/>"),
       "collection-type-differs-only-in-case"},
      {Exe(PathRule(astral_path)), "path-too-long"},
      {Exe(publisher), "publisher-text-too-long"},
      {Extensions("<AppLockerPolicy Version='1'/>"), "nested-policy"},
      {"<AppLockerPolicy Version='1' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
       "xsi:type='PolicyType'/>",
       "xsi-type"},
  };
}

TEST(PolicyReader, RefusesBeyondTheSchemaUnlessToldNotTo) {
  for (const Beyond& beyond : BeyondCases()) {
    const auto strict = Read(beyond.text);
    EXPECT_THAT(Ids(strict.errors), ElementsAre(beyond.id)) << beyond.text.substr(0, 300);
    EXPECT_FALSE(strict.policy);
    const auto lax = Read(beyond.text, {.schema_only = true});
    EXPECT_TRUE(lax.accepted()) << beyond.id;
    EXPECT_THAT(Ids(lax.warnings), ::testing::Contains(beyond.id));
    EXPECT_FALSE(lax.policy) << "a value that the model can not hold: " << beyond.id;
  }
}

TEST(PolicyReader, RefusesSidsThatAreNone) {
  for (const std::string_view sid :
       {"S-1-5-ab", "S-1-1234", "S-1-5-4294967296", "S-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1"}) {
    std::string text = Exe(PathRule("x"));
    text.replace(text.find("S-1-1-0"), 7, sid);
    EXPECT_THAT(Ids(Read(text).errors), ElementsAre("sid-not-parsed")) << sid;
    EXPECT_TRUE(Read(text, {.schema_only = true}).accepted()) << sid;
  }
  for (const std::string_view sid :
       {"S-1-1", "BA", "s-1-1-0", "S-1-1-0-", "S-1--1-0", "S-1-1-0 "}) {
    std::string text = Exe(PathRule("x"));
    text.replace(text.find("S-1-1-0"), 7, sid);
    EXPECT_THAT(Ids(Read(text, {.schema_only = true}).errors), ElementsAre("bad-sid")) << sid;
  }
}

TEST(PolicyReader, TakesEveryWayToWriteVersionOne) {
  for (const std::string_view version : {"1", " 1 ", "+1", "01", "1.", "1.0", "&#10;1"}) {
    EXPECT_TRUE(Read(fmt::format("<AppLockerPolicy Version='{}'/>", version)).policy) << version;
  }
}

TEST(PolicyReader, TakesAPathOf32767CharactersAndNoMore) {
  EXPECT_TRUE(Read(Exe(PathRule(std::string(32767, 'x')))).policy);
  const auto document = Read(Exe(PathRule(std::string(32768, 'x'))));
  EXPECT_THAT(Ids(document.errors), ElementsAre("too-long"));
  EXPECT_THAT(document.errors[0].message, HasSubstr("32768 characters; 32767 are allowed"));
}

TEST(PolicyReader, CountsCharactersAndNotBytes) {
  std::string name;
  for (int i = 0; i < 1024; ++i) name += "\xF0\x9F\x98\x80";
  std::string text = Exe(PathRule("x"));
  text.replace(text.find("'n'"), 3, "'" + name + "'");
  EXPECT_TRUE(Read(text).policy);
  text.replace(text.find(name), 1, "x\xF0");
  EXPECT_THAT(Ids(Read(text).errors), ElementsAre("too-long"));
}

TEST(PolicyReader, WarnsOfWhatIsReadButHasNoEffect) {
  const Beyond cases[] = {
      {Policy("<RuleCollection Type='AppX'/>"), "collection-type-spelling"},
      {Policy("<RuleCollection Type='Executable'/>"), "unknown-collection-type"},
      {Exe(PublisherRule("2.0.0.0", "1.9.9.9")), "version-range-empty"},
      {Policy("<RuleCollection Type='Msi'><RuleCollectionExtensions><ThresholdExtensions/>"
              "<RedstoneExtensions/></RuleCollectionExtensions></RuleCollection>"),
       "extensions-without-effect"},
      {Exe(PathRule("%TEMP%\\*")), "path-variable"},
      {Exe(PathRule("C:\\a?.exe")), "path-question-mark"},
      {Exe(PathRule("C:\\a&lt;.exe")), "path-never-matches"},
  };
  for (const Beyond& warned : cases) {
    const auto document = Read(warned.text);
    EXPECT_TRUE(document.policy) << warned.id;
    EXPECT_THAT(Ids(document.warnings), ElementsAre(warned.id));
  }
  for (const std::string_view path :
       {"%windir%\\*", "%OSDRIVE%\\a", "%", "100%\\a%", "C:\\%TEMP%"}) {
    EXPECT_THAT(Read(Exe(PathRule(path))).warnings, IsEmpty()) << path;
  }
}

TEST(PolicyReader, RefusesAnUnknownTypeWhereThePolicyWillBeInForce) {
  const auto document = Read(Policy("<RuleCollection Type='Executable'/>"), {.strict = true});
  EXPECT_THAT(Places(document.errors), ElementsAre("1:46 unknown-collection-type"));
  EXPECT_FALSE(document.policy);
}

TEST(PolicyReader, KeepsTheElementsItDoesNotKnow) {
  const auto document = Read(
      "<AppLockerPolicy Version='1' xmlns:o='urn:outer'><RuleCollection Type='Exe'>"
      "<RuleCollectionExtensions><ThresholdExtensions/><RedstoneExtensions/>"
      "<!-- gone --><ThresholdExtensions x='1'/> <o:a b='&lt;&#10;' "
      "o:c='d'>t<![CDATA[<]]><i/></o:a>"
      "</RuleCollectionExtensions></RuleCollection>"
      "<PolicyExtensions><ThresholdExtensions><Plugins> <Plugin Name='p' "
      "Id='a61c8b2c-a319-4cd0-9690-d2177cad7b51'><ExecutionCategories><ExecutionCategory "
      "AppidTypes=' Hash Path'><Policies><Policy/></Policies></ExecutionCategory>"
      "</ExecutionCategories></Plugin></Plugins></ThresholdExtensions><z/></PolicyExtensions>"
      "</AppLockerPolicy>");
  ASSERT_THAT(Places(document.errors), IsEmpty());
  EXPECT_EQ(document.policy->collections[0].extensions->other_elements,
            "<ThresholdExtensions xmlns:o=\"urn:outer\" x=\"1\"/>"
            "<o:a xmlns:o=\"urn:outer\" b=\"&lt;&#xA;\" o:c=\"d\">t&lt;<i/></o:a>");
  EXPECT_EQ(document.policy->policy_extensions,
            "<PolicyExtensions><ThresholdExtensions><Plugins><Plugin Name=\"p\" "
            "Id=\"a61c8b2c-a319-4cd0-9690-d2177cad7b51\"><ExecutionCategories><ExecutionCategory "
            "AppidTypes=\" Hash Path\"><Policies><Policy/></Policies></ExecutionCategory>"
            "</ExecutionCategories></Plugin></Plugins></ThresholdExtensions>"
            "<z xmlns:o=\"urn:outer\"/></PolicyExtensions>");
}

TEST(PolicyReader, ChecksPluginsAsTheSchemaHasThem) {
  const auto plugin = [](std::string_view attributes, std::string_view inside) {
    return Policy(
        fmt::format("<PolicyExtensions><ThresholdExtensions><Plugins><Plugin {}>{}</Plugin>"
                    "</Plugins></ThresholdExtensions></PolicyExtensions>",
                    attributes, inside));
  };
  const std::string_view good = "<ExecutionCategories><ExecutionCategory/></ExecutionCategories>";
  EXPECT_TRUE(Read(plugin("", good)).policy);
  EXPECT_THAT(Ids(Read(plugin("Id='x'", good)).errors), ElementsAre("bad-guid"));
  EXPECT_THAT(Ids(Read(plugin("Nom='x'", good)).errors), ElementsAre("unknown-attribute"));
  EXPECT_THAT(Ids(Read(plugin("", "")).errors), ElementsAre("missing-element"));
  EXPECT_THAT(Ids(Read(plugin("", "<ExecutionCategories/>")).errors),
              ElementsAre("missing-element"));
  EXPECT_THAT(Ids(Read(plugin("",
                              "<ExecutionCategories><ExecutionCategory AppidTypes='Hash,Path'/>"
                              "</ExecutionCategories>"))
                      .errors),
              ElementsAre("bad-word"));
}

TEST(PolicyReader, AllowsTheLocationsOfASchema) {
  const std::string head =
      "<AppLockerPolicy Version='1' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' ";
  EXPECT_TRUE(
      Read(head + "xsi:noNamespaceSchemaLocation='a.xsd' xsi:schemaLocation='b c'/>").policy);
  EXPECT_THAT(Ids(Read(head + "xsi:nil='false'/>").errors), ElementsAre("unknown-attribute"));
}

TEST(PolicyReader, CapsWhatItKeepsUnknown) {
  const auto document = Read(Extensions("<a>" + std::string(2 << 20, 'x') + "</a>"));
  EXPECT_THAT(Ids(document.errors), ElementsAre("extension-too-large"));
  // A namespace that every kept element would have to declare again.
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "<a/>";
  std::string text = Extensions(many);
  text.insert(text.find(" Version"), " xmlns:x='" + std::string(100, 'u') + "'");
  EXPECT_THAT(Ids(Read(text).errors), ElementsAre("extension-too-large"));
}

TEST(PolicyReader, CapsCollectionsAndExceptions) {
  std::string collections;
  for (int i = 0; i < 100; ++i) collections += fmt::format("<RuleCollection Type='x{}'/>", i);
  EXPECT_THAT(Ids(Read(Policy(collections)).errors), ElementsAre("too-many-collections"));
  std::string exceptions;
  for (size_t i = 0; i <= kMaxExceptionsPerRule; ++i) exceptions += "<FilePathCondition Path='x'/>";
  EXPECT_THAT(Ids(Read(Exe(Rule("Path", kId1,
                                std::string(kPathConditions) + "<Exceptions>" + exceptions +
                                    "</Exceptions>")))
                      .errors),
              ElementsAre("too-many-exceptions"));
}

// Text that is made as it is read: `head`, then `item(i)` for i from 0 to `count`, then `tail`.
class MadeStream final : public xml::ByteStream {
 public:
  MadeStream(std::string head, size_t count, std::string (*item)(size_t), std::string tail)
      : buffer_(std::move(head)), count_(count), item_(item), tail_(std::move(tail)) {}

  Result<size_t> ReadSome(std::span<uint8_t> out) override {
    while (buffer_.size() < out.size() && next_ < count_) buffer_ += item_(next_++);
    if (next_ == count_) buffer_ += std::exchange(tail_, {});
    const size_t size = std::min(out.size(), buffer_.size());
    std::copy_n(buffer_.begin(), size, out.begin());
    buffer_.erase(0, size);
    return size;
  }
  size_t made() const { return next_; }

 private:
  std::string buffer_;
  size_t count_;
  size_t next_ = 0;
  std::string (*item_)(size_t);
  std::string tail_;
};

TEST(PolicyReader, RefusesTenMillionHashesWithoutReadingThemAll) {
  MadeStream stream(
      "<AppLockerPolicy Version='1'><RuleCollection Type='Exe'><FileHashRule "
      "Id='a61c8b2c-a319-4cd0-9690-d2177cad7b51' Name='n' Description='' UserOrGroupSid='S-1-1-0' "
      "Action='Allow'><Conditions><FileHashCondition>\n",
      10'000'000,
      [](size_t i) { return fmt::format("<FileHash Type='SHA1' Data='0x{:040X}'/>\n", i); },
      "</FileHashCondition></Conditions></FileHashRule></RuleCollection></AppLockerPolicy>");
  const auto document = ReadPolicy(stream);
  EXPECT_THAT(Places(document.errors), ElementsAre("1000002:1 too-many-hashes"));
  EXPECT_FALSE(document.policy);
  EXPECT_LT(stream.made(), 1'010'000U);
}

TEST(PolicyReader, RefusesMoreRulesThanWindowsTakes) {
  const auto read = [](size_t rules) {
    MadeStream stream(
        "<AppLockerPolicy Version='1'><RuleCollection Type='Exe'>", rules,
        [](size_t i) {
          return Rule("Path", fmt::format("00000000-0000-0000-0000-{:012x}", i), kPathConditions);
        },
        "</RuleCollection></AppLockerPolicy>");
    return ReadPolicy(stream);
  };
  EXPECT_TRUE(read(kMaxRulesPerCollection).policy);
  EXPECT_THAT(Ids(read(kMaxRulesPerCollection + 1).errors), ElementsAre("too-many-rules"));
}

TEST(PolicyReader, GivesOneLineWhereThatIsAskedFor) {
  const std::string text = "<AppLockerPolicy/>";
  const MemorySource source(AsBytes(text));
  const auto refused = ReadPolicyOrFail(source);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "line 1, column 1: AppLockerPolicy without Version [missing-attribute]");
  const std::string good = Exe(PathRule("x"));
  EXPECT_TRUE(ReadPolicyOrFail(MemorySource(AsBytes(good))));
  const std::string two = "<AppLockerPolicy a='' b='' Version='1'/>";
  EXPECT_THAT(ReadPolicyOrFail(MemorySource(AsBytes(two))).error().message,
              HasSubstr(", and 1 more"));
}

TEST(PolicyReader, RefusesAFloodOfAttributesOrNamespaces) {
  std::string attributes;
  std::string namespaces;
  for (int i = 0; i < 300; ++i) {
    attributes += fmt::format(" a{}=''", i);
    namespaces += fmt::format(" xmlns:p{}='u'", i);
  }
  const std::string extensions = "<PolicyExtensions><ThresholdExtensions/><y/></PolicyExtensions>";
  const auto policy = [&](std::string_view more) {
    return fmt::format("<AppLockerPolicy Version='1'{}>{}</AppLockerPolicy>", more, extensions);
  };
  const std::string long_name = fmt::format("<x xmlns='{}'/>", std::string(300, 'u'));
  for (const bool schema_only : {false, true}) {
    const auto ids = [&](std::string_view text) {
      return Ids(Read(text, {.schema_only = schema_only}).errors);
    };
    EXPECT_THAT(ids(policy("")), IsEmpty());
    EXPECT_THAT(ids(policy(attributes)), ElementsAre("xml-attributes"));
    EXPECT_THAT(ids(policy(namespaces)), ElementsAre("xml-namespaces"));
    EXPECT_THAT(ids(Policy(long_name)), ElementsAre("xml-namespace-too-long"));
  }
}

}  // namespace
}  // namespace portcullis::applocker
