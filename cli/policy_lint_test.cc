// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string PolicyFor(const std::string& path) {
  return "<AppLockerPolicy Version=\"1\">\n<RuleCollection Type=\"Msi\" "
         "EnforcementMode=\"Enabled\">\n<FilePathRule "
         "Id=\"a61c8b2c-a319-4cd0-9690-d2177cad7b51\" Name=\"Ours\" Description=\"\" "
         "UserOrGroupSid=\"S-1-1-0\" Action=\"Allow\"><Conditions><FilePathCondition Path=\"" +
         path + "\"/></Conditions></FilePathRule>\n</RuleCollection>\n</AppLockerPolicy>\n";
}

TEST(PolicyLint, PrintsPlaceReasonAndFix) {
  const Folder folder;
  const std::string file = folder.Write("policy.xml", PolicyFor("%TEMP%\\*"));
  const Ran ran = RunCli({"policy", "lint", "--min-severity", "warning", file});
  EXPECT_EQ(ran.status, ExitStatus::kFound);
  EXPECT_EQ(ran.out,
            file +
                ":3:1: warning: rule \"Ours\" \"%TEMP%\\\\*\" begins with \"%TEMP%\", which "
                "is no path variable of AppLocker [unknown-variable]\n"
                "    why: AppLocker knows six path variables and takes every other for "
                "plain letters, which no path has.\n"
                "    fix: Use %OSDRIVE%, %WINDIR%, %SYSTEM32%, %PROGRAMFILES%, "
                "%REMOVABLE% or %HOT%, or write the path out.\n"
                "0 errors, 1 warning, 0 notes\n");
}

TEST(PolicyLint, EndsWithZeroWhereOnlyNotesAreLeft) {
  const Folder folder;
  const std::string file = folder.Write("policy.xml", PolicyFor("%TEMP%\\*"));
  const Ran ran = RunCli({"policy", "lint", "--disable", "unknown-variable", file});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("0 errors, 0 warnings"));
}

TEST(PolicyLint, PrintsJsonAndSarif) {
  const Folder folder;
  const std::string file = folder.Write("policy.xml", PolicyFor("%TEMP%\\*"));
  const Ran json =
      RunCli({"policy", "lint", "--format", "json", "--min-severity", "warning", file});
  ASSERT_EQ(json.objects().size(), 1U) << json.out;
  EXPECT_EQ(TextOf(json.objects()[0], "id"), "unknown-variable");
  EXPECT_EQ(TextOf(json.objects()[0], "line"), "3");
  EXPECT_EQ(TextOf(*json.objects()[0].Find("rule"), "name"), "Ours");
  const Ran sarif = RunCli({"policy", "lint", "--format", "sarif", file});
  ASSERT_EQ(sarif.objects().size(), 1U);
  EXPECT_EQ(TextOf(sarif.objects()[0], "version"), "2.1.0");
}

TEST(PolicyLint, JsonPageNamesEveryMember) {
  const Folder folder;
  const std::string file = folder.Write("policy.xml", PolicyFor("%TEMP%\\*"));
  const Ran json = RunCli({"policy", "lint", "--format", "json", file});
  ASSERT_FALSE(json.objects().empty());
  std::ifstream stream("docs/cli-json.md");
  std::stringstream page;
  page << stream.rdbuf();
  const std::string text = page.str();
  const size_t at = text.find("`lint`, one object a finding");
  ASSERT_NE(at, std::string::npos);
  const std::string section = text.substr(at, text.find("\n\n", at) - at);
  const JsonValue finding = json.objects()[0];
  for (const auto& [name, value] : *finding.AsObject()) {
    EXPECT_THAT(section, HasSubstr("`" + name + "`"));
  }
}

TEST(PolicyLint, AsksThisHost) {
  const Folder folder;
  mkdir((folder / "open").c_str(), 0755);
  chmod((folder / "open").c_str(), 0777);
  const std::string file = folder.Write("policy.xml", PolicyFor((folder / "open") + "/*"));
  const Ran without = RunCli({"policy", "lint", file});
  EXPECT_THAT(without.out, HasSubstr("[unknown-writers]"));
  const Ran with = RunCli({"policy", "lint", "--host", file});
  EXPECT_EQ(with.status, ExitStatus::kFound);
  EXPECT_THAT(with.out, HasSubstr("[writable-folder]"));
}

TEST(PolicyLint, AsksADescription) {
  const Folder folder;
  const std::string file = folder.Write("policy.xml", PolicyFor("C:\\Apps\\*"));
  const std::string closed =
      folder.Write("closed.jsonl", "{\"path\":\"C:\\\\Apps\",\"writable\":false}\n");
  EXPECT_THAT(RunCli({"policy", "lint", file}).out, HasSubstr("[writable-folder]"));
  EXPECT_THAT(RunCli({"policy", "lint", "--folders", closed, file}).out,
              Not(HasSubstr("[writable-folder]")));
  const std::string bad = folder.Write("bad.jsonl", "\n{}\n");
  const Ran refused = RunCli({"policy", "lint", "--folders", bad, file});
  EXPECT_EQ(refused.status, ExitStatus::kFailed);
  EXPECT_THAT(refused.err, HasSubstr("bad.jsonl: line 2: `path` must be absolute"));
}

TEST(PolicyLint, RefusesWhatItCanNotUse) {
  const Folder folder;
  const std::string good = folder.Write("good.xml", PolicyFor("%PROGRAMFILES%\\*"));
  const std::string bad = folder.Write("bad.xml", "<x/>");
  EXPECT_EQ(RunCli({"policy", "lint", "--disable", "nonsense", good}).status, ExitStatus::kUsage);
  EXPECT_EQ(RunCli({"policy", "lint", "--format", "xml", good}).status, ExitStatus::kUsage);
  const Ran ran = RunCli({"policy", "lint", "--format", "json", bad, good});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("bad.xml"));
  EXPECT_THAT(RunCli({"policy", "lint", folder / "none.xml"}).err, HasSubstr("none.xml"));
  EXPECT_EQ(RunCli({"policy", "lint", "--facts", folder / "none", good}).status,
            ExitStatus::kFailed);
}

}  // namespace
}  // namespace portcullis::cli
