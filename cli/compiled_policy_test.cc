// SPDX-License-Identifier: Apache-2.0
// policy compile, and compiled files wherever a policy is taken.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/test_io.h"
#include "security/sddl.h"
#include "tests/support/applocker_file_builder.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kRules = "share/policies/default-rules.xml";

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class CompiledPolicyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    compiled_ = RunCli({"policy", "compile", kRules, "-o", file_, "--format", "json"});
    ASSERT_EQ(compiled_.status, ExitStatus::kDone) << compiled_.err;
  }
  // The compiled file with one byte changed.
  std::string Damaged(size_t at) {
    std::string bytes = ReadBytes(file_);
    bytes.at(at) ^= 0x20;
    return folder_.Write("damaged", bytes);
  }

  Folder folder_;
  std::string file_ = folder_ / "policy.compiled";
  Ran compiled_;
};

TEST_F(CompiledPolicyTest, SaysWhatItMade) {
  const std::string bytes = ReadBytes(file_);
  ASSERT_EQ(compiled_.objects().size(), 1U);
  const JsonValue made = compiled_.objects()[0];
  EXPECT_EQ(TextOf(made, "file"), file_);
  EXPECT_EQ(TextOf(made, "bytes"), std::to_string(bytes.size()));
  EXPECT_NE(TextOf(made, "rules"), "0");
  EXPECT_EQ(TextOf(made, "sha256").size(), 64U);
  EXPECT_THAT(RunCli({"policy", "compile", kRules, "-o", file_}).out,
              HasSubstr("SHA-256 " + TextOf(made, "sha256")));
}

TEST_F(CompiledPolicyTest, JudgesAsThePolicyItIsMadeFrom) {
  for (const char* command : {"test", "explain"}) {
    const auto judge = [&](const std::string& policy) {
      return RunCli({command, "--policy", policy, "--user", "S-1-5-21-1-2-3-1001", "--format",
                     "json", "/usr/bin/ldd", "/etc/passwd", "/bin/ls", "tools/check"});
    };
    const Ran by_xml = judge(kRules);
    const Ran by_file = judge(file_);
    EXPECT_EQ(by_file.status, by_xml.status) << by_file.err;
    EXPECT_EQ(by_file.out, by_xml.out);
    EXPECT_EQ(by_xml.lines().size(), 4U);
  }
}

TEST_F(CompiledPolicyTest, IsShownAsThePolicyItIsMadeFrom) {
  EXPECT_EQ(RunCli({"policy", "show", file_}).out, RunCli({"policy", "show", kRules}).out);
  const Ran checked = RunCli({"policy", "check", file_});
  EXPECT_EQ(checked.status, ExitStatus::kDone) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr(": good; "));
}

TEST_F(CompiledPolicyTest, IsReadFromAPipe) {
  const UniqueFd in(open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const std::string bytes = ReadBytes(file_);
  fcntl(writer.get(), F_SETPIPE_SZ, 1 << 20);
  ASSERT_EQ(write(writer.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  writer = UniqueFd();
  EXPECT_EQ(RunCli({"policy", "show", "-"}, reader.get()).out,
            RunCli({"policy", "show", kRules}).out);
}

TEST_F(CompiledPolicyTest, IsRefusedWithFilePlaceAndReason) {
  const auto refusal = [&](const std::string& command, const std::string& file) {
    const Ran ran = command == "test" ? RunCli({"test", "--policy", file, "/bin/ls"})
                                      : RunCli({"policy", command, file});
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << command;
    EXPECT_THAT(ran.err, StartsWith("portcullis: " + file + ": compiled policy: "));
    return ran.err;
  };
  const std::string frame = Damaged(30);
  EXPECT_THAT(refusal("test", frame), HasSubstr("header and the table of sections"));
  EXPECT_THAT(refusal("check", frame), HasSubstr("header and the table of sections"));
  // The last byte is of the last engine's.
  const std::string engine = Damaged(ReadBytes(file_).size() - 1);
  EXPECT_THAT(refusal("test", engine), HasSubstr("section engine of collection"));
  EXPECT_THAT(refusal("show", engine), HasSubstr("section engine of collection"));
  const std::string cut = folder_.Write("cut", ReadBytes(file_).substr(0, 1000));
  EXPECT_THAT(refusal("test", cut), HasSubstr("1000 bytes, where the header at offset 32 says"));
}

TEST_F(CompiledPolicyTest, MergesPoliciesInTheirOrder) {
  const std::string other = folder_.Write(
      "deny.xml",
      R"(<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="AuditOnly">)"
      R"(<FilePathRule Id="921cc481-6e17-4653-8f75-050b80acca29" Name="no" Description="")"
      R"( UserOrGroupSid="S-1-1-0" Action="Deny"><Conditions><FilePathCondition Path="*\ls"/>)"
      R"(</Conditions></FilePathRule></RuleCollection></AppLockerPolicy>)");
  const std::string both = folder_ / "both";
  ASSERT_EQ(RunCli({"policy", "compile", kRules, other, "-o", both}).status, ExitStatus::kDone);
  const Ran by_file = RunCli({"test", "--policy", both, "--format", "json", "/bin/ls"});
  const Ran by_xml =
      RunCli({"test", "--policy", kRules, "--policy", other, "--format", "json", "/bin/ls"});
  EXPECT_EQ(by_file.out, by_xml.out);
  EXPECT_THAT(by_file.out, HasSubstr("\"verdict\":\"Denied\""));
  // One compiled file beside another policy gives its rules.
  const Ran mixed =
      RunCli({"test", "--policy", file_, "--policy", other, "--format", "json", "/bin/ls"});
  EXPECT_THAT(mixed.out, HasSubstr("\"verdict\":\"Denied\""));
}

TEST_F(CompiledPolicyTest, WritesNothingWhereAPolicyIsRefused) {
  const std::string bad = folder_.Write("bad.xml", "<AppLockerPolicy/>");
  const std::string out = folder_ / "out";
  const Ran ran = RunCli({"policy", "compile", bad, "-o", out});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("bad.xml"));
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_EQ(RunCli({"policy", "compile", kRules}).status, ExitStatus::kUsage);
  EXPECT_EQ(RunCli({"policy", "compile", kRules, "-o", folder_ / "no/such/folder"}).status,
            ExitStatus::kFailed);
}

TEST(WindowsPolicy, IsShownWithWhatWasNotUnderstoodAndNotJudgedBy) {
  const Folder folder;
  testing::AppLockerFileParts parts;
  parts.unknown_4 = 5;
  parts.rules = 1;
  parts.descriptor = ParseSddl("D:(XA;;FX;;;WD;(APPID://PATH Contains \"%WINDIR%\\*\"))")
                         .value()
                         .Serialize()
                         .value();
  const std::string file = folder.Write("Dll.AppLocker", testing::BuildAppLockerFile(parts));
  const Ran shown = RunCli({"policy", "show", file, "--format", "json"});
  EXPECT_EQ(shown.status, ExitStatus::kDone);
  ASSERT_EQ(shown.objects().size(), 1U);
  EXPECT_EQ(TextOf(shown.objects()[0], "collection"), "Dll");
  EXPECT_THAT(shown.out, HasSubstr("%WINDIR%"));
  EXPECT_THAT(shown.err, HasSubstr("warning: the number at offset 4 is 0x5"));
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"test", "--policy", file, "/bin/ls"},
        {"policy", "compile", file, "-o", folder / "out"}}) {
    const Ran ran = RunCli(command);
    EXPECT_EQ(ran.status, ExitStatus::kFailed) << command.front();
    EXPECT_THAT(ran.err, HasSubstr("Dll.AppLocker: a compiled policy of Windows"));
  }
  // What was not read would be missing from what is made of it.
  EXPECT_EQ(RunCli({"policy", "check", file}).status, ExitStatus::kDone);
  const Ran checked = RunCli({"policy", "check", "--strict", file});
  EXPECT_EQ(checked.status, ExitStatus::kFailed) << checked.out;
  EXPECT_EQ(RunCli({"policy", "sddl", file}).status, ExitStatus::kDone);
  const Ran written = RunCli({"policy", "sddl", "--binary", folder.path(), file});
  EXPECT_EQ(written.status, ExitStatus::kFailed);
  EXPECT_THAT(written.err, HasSubstr("what was not understood would be missing"));
  EXPECT_FALSE(std::filesystem::exists(folder / "Dll.sd"));
  const std::string cut = folder.Write("Exe.AppLocker", "ApPF....");
  EXPECT_EQ(RunCli({"policy", "show", cut}).status, ExitStatus::kFailed);
}

}  // namespace
}  // namespace portcullis::cli
