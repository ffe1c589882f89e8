// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventlog/sample_events.h"
#include "eventlog/visible_text.h"
#include "tests/support/flat_xml.h"

namespace portcullis::eventlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<testing::FlatElement> Read(const Event& event) {
  const std::string text = RenderXml(event, SampleOrigin());
  const auto elements = testing::ReadFlatXml(text);
  if (elements) return *elements;
  ADD_FAILURE() << "not well-formed: " << text;
  return {};
}

// The name without its namespace.
std::string LocalName(const testing::FlatElement& element) {
  return element.name.substr(element.name.rfind(' ') + 1);
}

const testing::FlatElement& Find(const std::vector<testing::FlatElement>& elements,
                                 std::string_view name) {
  static const testing::FlatElement none = {"none", {}, "no such element"};
  for (const auto& element : elements) {
    if (LocalName(element) == name) return element;
  }
  return none;
}

std::string TextOf(const Event& event, std::string_view name) {
  return Find(Read(event), name).text;
}

TEST(RenderXml, WritesWhatWindowsWritesOfADenial) {
  const auto elements = Read(SampleDenial());
  std::vector<std::string> data;
  for (const auto& element : elements) {
    if (element.name.find("Microsoft.Windows/1.0.0.0") == std::string::npos) continue;
    data.push_back(LocalName(element) + "=" + element.text);
  }
  EXPECT_THAT(
      data,
      ElementsAre("RuleAndFileData=", "PolicyNameLength=3", "PolicyName=EXE",
                  "RuleId={921cc481-6e17-4653-8f75-050b80acca20}", "RuleNameLength=21",
                  "RuleName=Deny home directories", "RuleSddlLength=63",
                  R"(RuleSddl=D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains "%OSDRIVE%\HOME\*")))",
                  "TargetUser=S-1-22-1-20001", "TargetProcessId=4123", "FilePathLength=25",
                  R"(FilePath=%OSDRIVE%\home\alice\tool)", "FileHashLength=32",
                  "FileHash=" + std::string(64, 'B'), "FqbnLength=45",
                  R"(Fqbn=O=ACME, L=BERLIN, C=DE\TOOL\TOOL.EXE\2.1.3.00)", "TargetLogonId=0x4d",
                  "FullFilePathLength=16", "FullFilePath=/home/alice/tool"));
}

TEST(RenderXml, WritesTheSystemOfAnEvent) {
  const auto elements = Read(SampleDenial());
  EXPECT_EQ(elements.at(0).name, "http://schemas.microsoft.com/win/2004/08/events/event Event");
  EXPECT_THAT(Find(elements, "Provider").attributes,
              ElementsAre(Pair("Guid", "{cbda4dbf-8d5d-4f69-9578-be14aa540d22}"),
                          Pair("Name", "Microsoft-Windows-AppLocker")));
  EXPECT_EQ(Find(elements, "EventID").text, "8004");
  EXPECT_EQ(Find(elements, "Level").text, "2");
  EXPECT_THAT(Find(elements, "TimeCreated").attributes,
              ElementsAre(Pair("SystemTime", "2025-11-22T06:12:01.4821139Z")));
  EXPECT_EQ(Find(elements, "EventRecordID").text, "48213");
  EXPECT_THAT(Find(elements, "Execution").attributes,
              ElementsAre(Pair("ProcessID", "4123"), Pair("ThreadID", "4124")));
  EXPECT_EQ(Find(elements, "Channel").text, "Microsoft-Windows-AppLocker/EXE and DLL");
  EXPECT_EQ(Find(elements, "Computer").text, "c1.corp.test");
  EXPECT_THAT(Find(elements, "Security").attributes, ElementsAre(Pair("UserID", "S-1-22-1-20001")));
}

TEST(RenderXml, WritesADefaultDenialOfAnUnsignedFileWithoutAHash) {
  Event event = SampleWithoutRule(EventId::kProgramDenied);
  event.decision->file.sha256.reset();
  event.decision->file.rule_sha256.reset();
  event.decision->file.publisher.reset();
  event.decision->process.session_id.reset();
  event.decision->process.user_sid.reset();
  EXPECT_EQ(TextOf(event, "RuleId"), "{00000000-0000-0000-0000-000000000000}");
  for (const char* unset : {"RuleName", "RuleSddl", "Fqbn"}) {
    EXPECT_EQ(TextOf(event, unset), "-") << unset;
    EXPECT_EQ(TextOf(event, std::string(unset) + "Length"), "1") << unset;
  }
  EXPECT_EQ(TextOf(event, "FileHashLength"), "0");
  EXPECT_EQ(TextOf(event, "FileHash"), "");
  EXPECT_EQ(TextOf(event, "TargetLogonId"), "0x0");
  EXPECT_EQ(TextOf(event, "TargetUser"), "S-1-0-0");
  EXPECT_TRUE(Find(Read(event), "Security").attributes.empty());
}

TEST(RenderXml, HasTheLastPartOfAVersionInTwoDigits) {
  Event event = SampleDenial();
  event.decision->file.publisher->version = FileVersion::Of(2, 35, 5, 1);
  EXPECT_THAT(TextOf(event, "Fqbn"), ::testing::EndsWith("\\2.35.5.01"));
  event.decision->file.publisher->version = FileVersion::Of(6, 3, 9600, 19393);
  EXPECT_THAT(TextOf(event, "Fqbn"), ::testing::EndsWith("\\6.3.9600.19393"));
}

TEST(RenderXml, CountsTheUnitsOfUtf16) {
  Event event = SampleDenial();
  event.decision->rule->name = "d\u00e9ni\u00e9 \U0001F6AB";  // the sign is two units
  EXPECT_EQ(TextOf(event, "RuleNameLength"), "8");
  event.decision->rule->name = "<&>";
  EXPECT_EQ(TextOf(event, "RuleNameLength"), "3");
  EXPECT_EQ(TextOf(event, "RuleName"), "<&>");
}

TEST(RenderXml, CutsASddlOfMoreThan256Characters) {
  Event event = SampleDenial();
  event.decision->rule->sddl = std::string(256, 'x');
  EXPECT_EQ(TextOf(event, "RuleSddl"), std::string(256, 'x'));
  event.decision->rule->sddl = std::string(257, 'x');
  EXPECT_EQ(TextOf(event, "RuleSddl"), std::string(253, 'x') + "...");
  EXPECT_EQ(TextOf(event, "RuleSddlLength"), "256");
  event.decision->rule->sddl = std::string(252, 'x') + "\U0001F6AB\U0001F6AB\U0001F6AB";
  EXPECT_EQ(TextOf(event, "RuleSddl"), std::string(252, 'x') + "...");
}

TEST(RenderXml, TellsABackslashInANameFromASeparator) {
  Event event = SampleDenial();
  const auto path_of = [&](std::string path) {
    event.decision->file.macro_path = std::move(path);
    return TextOf(event, "FilePath");
  };
  EXPECT_EQ(path_of("%WINDIR%/bin/x"), R"(%WINDIR%\bin\x)");
  EXPECT_EQ(path_of("%WINDIR%/bin\\x"), R"(%WINDIR%\bin_x005C_x)");
  EXPECT_EQ(path_of("%WINDIR%/bin_x005C_x"), R"(%WINDIR%\bin_x005F_x005C_x)");
  EXPECT_EQ(path_of(R"(%WINDIR%\bin\x)"), R"(%WINDIR%\bin\x)");  // a path of Windows
  EXPECT_EQ(path_of(""), R"(\home\alice\tool)");
}

TEST(RenderXml, ShowsWhatXmlCanNotHold) {
  Event event = SampleDenial();
  event.decision->file.path = "/tmp/a\n<b>\x1B\xFF\uFFFE]]>";
  EXPECT_EQ(TextOf(event, "FullFilePath"), "/tmp/a_x000A_<b>_x001B__xDCFF__xFFFE_]]>");
  const std::string text = RenderXml(event, SampleOrigin());
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(RenderXml, CallsAPackageByItsName) {
  Event event = SampleWithoutRule(EventId::kPackageDenied);
  event.decision->collection = applocker::CollectionType::kAppx;
  EXPECT_EQ(TextOf(event, "PolicyName"), "APPX");
  EXPECT_EQ(TextOf(event, "Package"), "TOOL");
  EXPECT_EQ(TextOf(event, "PackageLength"), "4");
  EXPECT_EQ(TextOf(event, "FilePath"), "no such element");
}

TEST(RenderXml, WritesTheFieldsOfSoftwareRestrictionPolicies) {
  Event event = SampleDenial();
  event.decision->rule->name = "/home/*";
  const auto fields = [&](EventId id) {
    event.id = id;
    std::vector<std::string> names;
    for (const auto& element : Read(event)) {
      if (element.name.find("1.0.0.0") != std::string::npos) names.push_back(LocalName(element));
    }
    return names;
  };
  EXPECT_THAT(fields(EventId::kSrpDefaultLevel), ElementsAre("Path", "AttemptedPath"));
  EXPECT_THAT(fields(EventId::kSrpCertificateRule), ElementsAre("Path", "AttemptedPath"));
  EXPECT_THAT(fields(EventId::kSrpPathRule),
              ElementsAre("PathGuidAndRule", "AttemptedPath", "SrpRuleGuid", "RulePath"));
  EXPECT_EQ(TextOf(event, "RulePath"), "/home/*");
  EXPECT_EQ(TextOf(event, "SrpRuleGuid"), "{921cc481-6e17-4653-8f75-050b80acca20}");
  EXPECT_THAT(fields(EventId::kSrpPolicyRule),
              ElementsAre("PathAndGuid", "AttemptedPath", "SrpRuleGuid"));
  EXPECT_EQ(TextOf(event, "Level"), "3");
  EXPECT_EQ(TextOf(event, "Channel"), "Application");
}

TEST(RenderXml, WritesWhatBefellTheServiceAsEventData) {
  const auto names_of = [](const std::vector<testing::FlatElement>& elements) {
    std::vector<std::string> names;
    for (const auto& element : elements) {
      if (LocalName(element) == "Data") names.push_back(element.attributes.at("Name"));
    }
    return names;
  };
  const auto failed = Read(SampleNotice(EventId::kPolicyFailed, "corp.xml: line 3: no"));
  EXPECT_THAT(names_of(failed), ElementsAre("Status", "Generation", "Count", "Text"));
  EXPECT_EQ(failed.back().text, "corp.xml: line 3: no");
  const auto started = Read(SampleNotice(EventId::kStarted, "every exec is answered"));
  EXPECT_THAT(names_of(started), ElementsAre("Generation", "Count", "Text"));
  EXPECT_EQ(Find(started, "Channel").text, "Portcullis/Service");
  EXPECT_EQ(Find(started, "Provider").attributes.at("Name"), "Portcullis");
  EXPECT_EQ(Find(started, "Execution").attributes.at("ProcessID"), "612");
  EXPECT_EQ(Find(started, "Security").attributes.at("UserID"), "S-1-5-18");
}

TEST(VisibleXml, IsUndoneToWhatItWasMadeOf) {
  EXPECT_EQ(VisibleXml("plain \u00e9_x"), "plain \u00e9_x");
  EXPECT_EQ(VisibleXml("_x0041_"), "_x005F_x0041_");
  EXPECT_EQ(VisibleXml("_x00zz_ _x0041"), "_x00zz_ _x0041");
  EXPECT_EQ(VisibleXml("\u202Etxt.exe\u2028"), "_x202E_txt.exe_x2028_");
}

TEST(VisibleLine, ShowsWhatIsHidden) {
  EXPECT_EQ(VisibleLine("a\nb\x7F\u0085\xFE\u202E"), "a\\x0Ab\\x7F\\u{0085}\\xFE\\u{202E}");
  EXPECT_EQ(VisibleLine("a\nb\r", LineBreaks::kKept), "a\nb\\x0D");
  EXPECT_EQ(VisibleUtf8("a\n\xFE\xC3\xA9"), "a\n\\xFE\u00e9");
}

}  // namespace
}  // namespace portcullis::eventlog
