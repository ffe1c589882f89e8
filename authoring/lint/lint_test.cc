// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/lint.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "authoring/access/folder_description.h"
#include "authoring/access/tree_write_access.h"
#include "authoring/lint/test_policies.h"

namespace portcullis::lint {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Ids(const std::vector<Finding>& findings) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings) ids.emplace_back(finding.check->id);
  return ids;
}

const std::string kTwoRules =
    PolicyXml({{"Exe", "Enabled", {{Path("%TEMP%\\*")}, {Path("%WINDIR%\\*")}}},
               {"Script", "AuditOnly", {{Path("%WINDIR%\\*")}}}});

TEST(LintPolicy, SaysWhereAFindingStands) {
  LintChoice choice;
  choice.least = Severity::kWarning;
  const auto findings = Lint(kTwoRules, choice);
  std::vector<std::string> places;
  for (const Finding& finding : findings) {
    places.push_back(fmt::format("{}:{} {} {}", finding.line, finding.column, finding.collection,
                                 finding.check->id));
  }
  EXPECT_THAT(places, ElementsAre("2:3 Exe known-bypass", "2:3 Exe packaged-apps-blocked",
                                  "3:5 Exe unknown-variable", "4:5 Exe writable-folder",
                                  "6:3 Script audit-only", "7:5 Script writable-folder"));
}

TEST(LintPolicy, TellsFromTheGivenSeverityOn) {
  LintChoice choice;
  choice.least = Severity::kError;
  EXPECT_THAT(Lint(kTwoRules, choice), IsEmpty());
  for (const Finding& finding : Lint(kTwoRules)) {
    EXPECT_FALSE(finding.message.empty());
    EXPECT_EQ(finding.rule.has_value(), !finding.rule_name.empty());
  }
}

TEST(LintPolicy, LeavesOutWhatIsDisabled) {
  LintChoice choice;
  choice.disabled = {"unknown-variable"};
  EXPECT_THAT(Ids(Lint(kTwoRules, choice)), Not(::testing::Contains("unknown-variable")));
  EXPECT_EQ(Lint(kTwoRules, choice).size() + 1, Lint(kTwoRules).size());
}

TEST(LintPolicy, NamesTheFoldersThatUsersWrite) {
  for (const Finding& finding : Lint(PolicyXml({{"Exe", "Enabled", {{Path("%WINDIR%\\*")}}}}))) {
    if (finding.check->id != "writable-folder") continue;
    EXPECT_THAT(finding.message, HasSubstr("Windows lets users"));
    EXPECT_THAT(finding.message, HasSubstr("more"));
    return;
  }
  ADD_FAILURE() << "no finding";
}

// The rule of a described Linux host, whose folder one group may write.
TEST(LintPolicy, AsksADescribedHost) {
  FolderDescription description;
  for (const char* line :
       {R"({"path":"/","type":"d","owner":0,"group":0,"mode":"0755"})",
        R"({"path":"/opt","type":"d","owner":0,"group":0,"mode":"0755"})",
        R"({"path":"/opt/app","type":"d","owner":0,"group":50,"mode":"0775"})",
        R"({"path":"/opt/other","type":"f","owner":0,"group":0,"mode":"0755"})"}) {
    ASSERT_TRUE(AddDescribedFolder(line, HostConfig::Default(), description));
  }
  const TreeWriteAccess host(description.tree, HostConfig::Default());
  const auto lint = [&](const std::string& path) {
    const auto policy = ReadText(PolicyXml({{"Exe", "Enabled", {{Path(path)}}}}));
    const LintInput input{policy, host, nullptr, nullptr, HostConfig::Default(), {}, false};
    return Ids(LintPolicy(input).value_or(std::vector<Finding>()));
  };
  EXPECT_THAT(lint("/opt/*"), ::testing::Contains("writable-folder"));
  EXPECT_THAT(lint("%PROGRAMFILES%\\*"), ::testing::Contains("writable-folder"));
  EXPECT_THAT(lint("/opt/app/x/*"), ::testing::Contains("writable-folder"));
  EXPECT_THAT(lint("/opt/app/tool"), ::testing::Contains("writable-folder"));
  EXPECT_THAT(lint("/opt/b*"), Not(::testing::Contains("writable-folder")));
  EXPECT_THAT(lint("/opt/other"), Not(::testing::Contains("writable-folder")));
  EXPECT_THAT(lint("/opt/undescribed"), ::testing::Contains("writable-folder"));
}

TEST(LintPolicy, AsksAboutTheProgramsOfTheRightSystem) {
  const auto policy = ReadText(PolicyXml({{"Exe", "Enabled", {{Path("%WINDIR%\\*")}}}}));
  const auto bypasses = [&](bool is_for_linux) {
    LintInput input{policy, KnownFolders()};
    input.is_for_linux = is_for_linux;
    for (const Finding& finding : LintPolicy(input).value_or(std::vector<Finding>())) {
      if (finding.check->id == "known-bypass") return finding.message;
    }
    return std::string();
  };
  EXPECT_THAT(bypasses(false), HasSubstr("AddInProcess.exe"));
  EXPECT_THAT(bypasses(true), Not(HasSubstr(".exe")));
  EXPECT_THAT(bypasses(true), HasSubstr("allowed: busybox"));
}

TEST(LintPolicy, SaysNothingOfTheShippedPoliciesThatIsAnError) {
  for (const char* file : {"share/policies/default-rules.xml"}) {
    std::ifstream stream(file, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    LintChoice errors;
    errors.least = Severity::kError;
    EXPECT_THAT(Ids(Lint(text.str(), errors)), IsEmpty()) << file;
  }
}

TEST(LintPage, NamesEveryCheckAsTheTableDoes) {
  std::ifstream stream("docs/lint.md");
  std::stringstream page;
  page << stream.rdbuf();
  const std::string text = page.str();
  for (const CheckInfo& check : AllChecks()) {
    const std::string head = fmt::format("### {} ({})\n", check.id, ToString(check.severity));
    const size_t at = text.find(head);
    EXPECT_NE(at, std::string::npos) << head;
    if (at == std::string::npos) continue;
    const std::string section = text.substr(at, text.find("\n###", at + 1) - at);
    EXPECT_NE(section.find(check.why), std::string::npos) << head << check.why;
    EXPECT_NE(section.find(check.fix), std::string::npos) << head << check.fix;
    EXPECT_NE(section.find("\n    "), std::string::npos) << head << "has no example";
  }
  EXPECT_EQ(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) > 0, true);
}

}  // namespace
}  // namespace portcullis::lint
