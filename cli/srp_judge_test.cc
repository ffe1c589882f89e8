// SPDX-License-Identifier: Apache-2.0
// `srp test` and `srp explain`: a policy of Software Restriction Policies among the policies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kKey =
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers";

class SrpJudge : public ::testing::Test {
 protected:
  SrpJudge() {
    std::ofstream(folder_ / "srp.reg")
        << "REGEDIT4\r\n\r\n[" << kKey << "]\r\n\"DefaultLevel\"=dword:00000000\r\n"
        << Rule("262144", "{191cd7fa-f240-4a17-8986-94d480a6c8ca}", "%apps%")
        << Rule("0", "{291cd7fa-f240-4a17-8986-94d480a6c8ca}", "*.com")
        << Rule("262144", "{391cd7fa-f240-4a17-8986-94d480a6c8ca}",
                "%HKEY_LOCAL_MACHINE\\\\SOFTWARE\\\\Acme\\\\Dir%");
    std::ofstream(folder_ / "values.reg")
        << "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme]\r\n\"Dir\"=\"D:\\\\Acme\"\r\n";
    std::ofstream(folder_ / "facts.jsonl")
        << Fact("C:\\\\Apps\\\\x.exe", "Exe") << Fact("C:\\\\Apps\\\\x.com", "Exe")
        << Fact("D:\\\\Acme\\\\x.exe", "Exe") << Fact("E:\\\\x.exe", "Exe");
  }
  static std::string Rule(const std::string& level, const std::string& id,
                          const std::string& path) {
    return std::string("\r\n[") + kKey + "\\" + level + "\\Paths\\" + id + "]\r\n\"ItemData\"=\"" +
           path + "\"\r\n\"SaferFlags\"=dword:00000000\r\n";
  }
  static std::string Fact(const std::string& path, const std::string& collection) {
    return R"({"path":")" + path + R"(","collection":")" + collection + "\"}\n";
  }

  Ran Run(std::vector<std::string> arguments) const {
    const std::vector<std::string> common = {
        "--policy", folder_ / "srp.reg", "--facts",    folder_ / "facts.jsonl",
        "--env",    "apps=C:\\Apps",     "--registry", folder_ / "values.reg"};
    arguments.insert(arguments.end(), common.begin(), common.end());
    return RunCli(arguments);
  }

  const Folder folder_;
};

TEST_F(SrpJudge, TestSaysLevelAndRule) {
  const Ran outcome = Run({"srp", "test", "--format", "json"});
  EXPECT_EQ(outcome.status, ExitStatus::kFound) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(R"("verdict":"Allowed","enforcement":"Enabled")"));
  EXPECT_THAT(outcome.out,
              HasSubstr(R"("reason":"srp-rule","rule":{"id":"191cd7fa-f240-4a17-8986-94d480a6c8ca")"
                        R"(,"name":"path %apps%","action":"Allow","kind":"path",)"
                        R"("level":"Unrestricted")"));
  EXPECT_THAT(outcome.out, HasSubstr(R"("verdict":"Denied")"));
  EXPECT_THAT(outcome.out, HasSubstr(R"("reason":"srp-default","rule":null)"));
}

TEST_F(SrpJudge, ExplainTellsAllThatMatchInOrder) {
  const Ran outcome = Run({"srp", "explain"});
  EXPECT_THAT(outcome.out,
              HasSubstr("1. Disallowed path *.com (291cd7fa-f240-4a17-8986-94d480a6c8ca)\n"
                        "       decides: it matches by the file's name in any folder\n"
                        "    2. Unrestricted path %apps% (191cd7fa-f240-4a17-8986-94d480a6c8ca)\n"
                        "       weaker: the file's name in any folder is more specific than a "
                        "folder 2 deep\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("no rule matches, and the default security level is Disallowed"));
  EXPECT_THAT(outcome.out, HasSubstr("(391cd7fa-f240-4a17-8986-94d480a6c8ca) matches by a folder 2 "
                                     "deep and says Unrestricted"));
}

TEST_F(SrpJudge, TestSumsUp) {
  const Ran ran = Run({"srp", "test", "--summary"});
  EXPECT_EQ(ran.status, ExitStatus::kFound) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("Exe         SRP"));
}

TEST_F(SrpJudge, HasNoCompiledForm) {
  const Ran ran = RunCli({"policy", "compile", folder_ / "srp.reg", "-o", folder_ / "out"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("srp.reg: Software Restriction Policies have no compiled form"));
}

TEST_F(SrpJudge, WarnsOfAVariableThatNothingStandsFor) {
  const Ran outcome =
      RunCli({"srp", "test", "--policy", folder_ / "srp.reg", "--facts", folder_ / "facts.jsonl"});
  EXPECT_THAT(outcome.err,
              HasSubstr("warning: rule {191cd7fa-f240-4a17-8986-94d480a6c8ca}: nothing "
                        "is known to stand for %apps%"));
}

TEST_F(SrpJudge, IsIgnoredBesideAppLockersRulesUnlessAskedToo) {
  std::ofstream(folder_ / "applocker.xml")
      << R"(<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled">)"
         R"(<FilePathRule Id="921cc481-6e17-4653-8f75-050b80acca20" Name="all" Description="" )"
         R"(UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*"/>)"
         R"(</Conditions></FilePathRule></RuleCollection></AppLockerPolicy>)";
  const std::vector<std::string> both = {"test", "--policy", folder_ / "applocker.xml"};
  EXPECT_EQ(Run(both).status, ExitStatus::kDone);
  std::vector<std::string> asked = both;
  asked.emplace_back("--srp-too");
  EXPECT_EQ(Run(asked).status, ExitStatus::kFound);
}

TEST_F(SrpJudge, RefusesABrokenRuleWithItsPlace) {
  std::ofstream(folder_ / "srp.reg", std::ios::app)
      << Rule("17", "{491cd7fa-f240-4a17-8986-94d480a6c8ca}", "x.exe");
  const Ran outcome = Run({"srp", "test"});
  EXPECT_EQ(outcome.status, ExitStatus::kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("srp.reg"));
  EXPECT_THAT(outcome.err, HasSubstr("17"));
}

TEST_F(SrpJudge, EnvIsANameAndAValue) {
  const Ran outcome = Run({"srp", "test", "--env", "apps"});
  EXPECT_EQ(outcome.status, ExitStatus::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("NAME=VALUE"));
}

}  // namespace
}  // namespace portcullis::cli
