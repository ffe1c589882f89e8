// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "cli/test_io.h"
#include "policy/applocker/descriptor/decompiler.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;

std::string PathRule(size_t number, std::string_view path, std::string_view action = "Allow") {
  return fmt::format(
      R"(<FilePathRule Id="00000000-0000-0000-0000-{0:012}" Name="rule {0}" Description="" )"
      R"(UserOrGroupSid="S-1-1-0" Action="{1}"><Conditions><FilePathCondition Path="{2}"/>)"
      "</Conditions></FilePathRule>",
      number, action, path);
}

std::string Policy(std::string_view exe_rules, std::string_view dll_rules = "") {
  return "<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\">" + std::string(exe_rules) +
         "</RuleCollection><RuleCollection Type=\"Dll\">" + std::string(dll_rules) +
         "</RuleCollection></AppLockerPolicy>";
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

class PolicySddl : public ::testing::Test {
 protected:
  Folder folder_;
};

TEST_F(PolicySddl, PrintsEachRuleInTheOrderOfThePolicy) {
  const std::string policy = folder_.Write(
      "p.xml", Policy(PathRule(1, "%WinDir%\\*"), PathRule(2, "C:\\Temp\\*", "Deny")));
  const Ran table = RunCli({"policy", "sddl", policy});
  EXPECT_EQ(table.status, ExitStatus::kDone);
  EXPECT_EQ(table.out,
            "Exe: 1 rule\n  Allow rule 1\n"
            "        D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains \"%WINDIR%\\*\"))\n"
            "Dll: 1 rule\n  Deny  rule 2\n"
            "        D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains \"C:\\TEMP\\*\"))\n");
  const Ran json = RunCli({"policy", "sddl", "--format", "json", policy});
  ASSERT_EQ(json.objects().size(), 2U);
  EXPECT_EQ(TextOf(json.objects()[1], "collection"), "Dll");
  EXPECT_EQ(TextOf(json.objects()[1], "id"), "00000000-0000-0000-0000-000000000002");
  EXPECT_EQ(TextOf(json.objects()[1], "action"), "Deny");
  EXPECT_EQ(TextOf(json.objects()[1], "sddl"),
            "D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains \"C:\\TEMP\\*\"))");
}

TEST_F(PolicySddl, SaysWhichRuleHasNoFormAndPrintsTheOthers) {
  const std::string policy =
      folder_.Write("p.xml", Policy(PathRule(1, "a&quot;b") + PathRule(2, "C:\\*")));
  const Ran ran = RunCli({"policy", "sddl", "--format", "json", policy});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("rule 00000000-0000-0000-0000-000000000001: "));
  EXPECT_THAT(ran.err, HasSubstr("quotation mark"));
  ASSERT_EQ(ran.objects().size(), 2U);
  EXPECT_THAT(ran.lines()[0], HasSubstr(R"("sddl":null,"error":)"));
  EXPECT_THAT(TextOf(ran.objects()[0], "error"), HasSubstr("quotation mark"));
  EXPECT_THAT(TextOf(ran.objects()[1], "sddl"), HasSubstr("C:\\*"));
}

TEST_F(PolicySddl, WritesOneDescriptorACollectionAndPart) {
  std::string rules;
  for (size_t i = 0; i < 900; ++i) rules += PathRule(i, "C:\\A" + std::to_string(i) + "\\*");
  const std::string policy = folder_.Write("p.xml", Policy(rules, PathRule(1000, "D:\\*", "Deny")));
  const Ran ran =
      RunCli({"policy", "sddl", "--format", "json", "--binary", folder_.path(), policy});
  ASSERT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  ASSERT_EQ(ran.objects().size(), 3U);
  size_t read = 0;
  for (const JsonValue& object : ran.objects()) {
    const std::string bytes = ReadFile(TextOf(object, "descriptor"));
    EXPECT_EQ(TextOf(object, "size"), std::to_string(bytes.size()));
    const auto rules_of_it = applocker::DecompileDescriptor(AsBytes(bytes));
    ASSERT_TRUE(rules_of_it) << rules_of_it.error().message;
    EXPECT_TRUE(rules_of_it->is_whole());
    EXPECT_EQ(TextOf(object, "rules"), std::to_string(rules_of_it->rules.size()));
    read += rules_of_it->rules.size();
  }
  EXPECT_EQ(read, 901U);
  EXPECT_EQ(TextOf(ran.objects()[1], "descriptor"), folder_ / "Exe.2.sd");
  EXPECT_EQ(TextOf(ran.objects()[2], "descriptor"), folder_ / "Dll.sd");
}

TEST_F(PolicySddl, WritesNothingWhereAFileIsThereOrARuleCanNotBeCompiled) {
  const std::string good =
      folder_.Write("good.xml", Policy(PathRule(1, "C:\\*"), PathRule(2, "D:\\*")));
  folder_.Write("Dll.sd", "mine");
  const Ran ran = RunCli({"policy", "sddl", "--binary", folder_.path(), good});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("Dll.sd: File exists"));
  EXPECT_EQ(ReadFile(folder_ / "Dll.sd"), "mine");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "Exe.sd"));

  const std::string bad =
      folder_.Write("bad.xml", Policy(PathRule(1, "C:\\*") + PathRule(2, std::string(32766, 'A'))));
  const Ran refused = RunCli({"policy", "sddl", "--binary", folder_.path(), bad});
  EXPECT_EQ(refused.status, ExitStatus::kFailed);
  EXPECT_THAT(refused.err, HasSubstr("000000000002: the rule is too large for an ACE"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "Exe.sd"));
}

TEST_F(PolicySddl, WritesTheDescriptorsOfOnePolicyAtATime) {
  const std::string policy = folder_.Write("p.xml", Policy(PathRule(1, "C:\\*")));
  const Ran ran = RunCli({"policy", "sddl", "--binary", folder_.path(), policy, policy});
  EXPECT_EQ(ran.status, ExitStatus::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("--binary takes one policy"));
}

}  // namespace
}  // namespace portcullis::cli
