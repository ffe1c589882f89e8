// SPDX-License-Identifier: Apache-2.0
// The hosts that come along, each against the running service: the launcher, and CPython with the
// hook of share/hosts.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "tests/kernel/private_mounts.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr unsigned kSeconds = 200;
constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kNoPython = "no python3 here";

std::string PathRuleOf(int number, const std::string& action, const std::string& path) {
  return fmt::format(
      R"(<FilePathRule Id="00000000-0000-4000-8000-00000000000{0}" Name="rule {0}" Description="" UserOrGroupSid="S-1-1-0" Action="{1}"><Conditions><FilePathCondition Path="{2}"/></Conditions></FilePathRule>)",
      number, action, path);
}

// Scripts of the system and of the folder `good`, but for its cached bytecode, and none that is
// called evil.py. Nothing of it is the kernel's to ask about: the hosts alone do.
std::string Policy() {
  return fmt::format(
      R"(<AppLockerPolicy Version="1"><RuleCollection Type="Script" EnforcementMode="Enabled">{}{}{}{}</RuleCollection></AppLockerPolicy>)",
      PathRuleOf(1, "Allow", R"(%WINDIR%\*)"), PathRuleOf(2, "Allow", R"(*\good\*)"),
      PathRuleOf(3, "Deny", R"(*\evil.py)"), PathRuleOf(4, "Deny", R"(*\good\__pycache__\*)"));
}

class Hosts : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    // What is watched is another file system than the scripts': here the kernel asks nothing.
    root_ = *root;
    folder_ = mounts_->scratch() + "/hosts";
    for (const char* name : {"/good/package", "/bad", "/site"}) {
      std::filesystem::create_directories(folder_ + name);
    }
    auto service = ServiceUnderTest::Start(*mounts_, {Policy(), {root_}, "", {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }
  void Write(const std::string& name, const std::string& text) const {
    WriteProgram(folder_ + name, text);
  }
  // The status, with what was said in `said_`.
  int Shell(const std::string& command) {
    const std::string said = folder_ + "/said";
    const RunOutcome outcome = RunProgram({"/bin/sh", "-c", command + " > " + said + " 2>&1"});
    said_ = ReadWholeFile(said);
    return outcome.exit_status;
  }
  std::string Launch(const std::string& options, const std::string& rest) const {
    return fmt::format("'{}' {} -s '{}' {}", Built("api/portcullis-launch"), options,
                       service_->AskSocketPath(), rest);
  }

  std::optional<PrivateMounts> mounts_;
  std::string root_, folder_, said_;
  std::unique_ptr<ServiceUnderTest> service_;
};

using Launcher = Hosts;

TEST_F(Launcher, RunsTheInterpreterOnTheFileThatWasJudged) {
  Write("/good/run.sh", "echo \"ran $1 from $0\"\n");
  Write("/bad/run.sh", "echo ran\n");
  EXPECT_EQ(Shell(Launch("", "/bin/sh " + folder_ + "/good/run.sh one")), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("ran one from /proc/self/fd/"));
  EXPECT_EQ(Shell(Launch("", "/bin/sh " + folder_ + "/bad/run.sh")), 126);
  EXPECT_THAT(said_, HasSubstr("bad/run.sh: refused: DeniedByDefault"));
}

TEST_F(Launcher, SaysByWhichRuleItRefuses) {
  Write("/good/evil.py", "print('ran')\n");
  EXPECT_EQ(Shell(Launch("", "/bin/sh " + folder_ + "/good/evil.py")), 126);
  EXPECT_THAT(said_, HasSubstr("refused: Denied by the rule \"rule 3\" (00000000-"));
}

TEST_F(Launcher, RunsNothingWithoutAVerdict) {
  Write("/good/run.sh", "echo ran\n");
  EXPECT_EQ(Shell(Launch("-p NONSENSE", "/bin/sh " + folder_ + "/good/run.sh")), 125);
  EXPECT_EQ(Shell(Launch("", "/bin/sh " + folder_)), 125);
  EXPECT_EQ(Shell(Launch("", "/bin/sh " + folder_ + "/absent")), 127);
  EXPECT_EQ(Shell(Launch("", "/nonexistent/sh " + folder_ + "/good/run.sh")), 127);
  EXPECT_TRUE(service_->Stop());
  EXPECT_EQ(Shell(Launch("", "/bin/sh " + folder_ + "/good/run.sh")), 125);
  EXPECT_THAT(said_, HasSubstr("no service of portcullis runs"));
}

class PythonHook : public Hosts {
 protected:
  void SetUp() override {
    if (access(kPython, X_OK) != 0) GTEST_SKIP() << kNoPython;
    Hosts::SetUp();
    if (IsSkipped() || service_ == nullptr) return;
    const std::string hook = ReadWholeFile("share/hosts/portcullis_host.py");
    ASSERT_FALSE(hook.empty());
    Write("/site/portcullis_host.py", hook);
    Write("/site/sitecustomize.py",
          fmt::format("import portcullis_host\nportcullis_host.install('{}', '{}')\n",
                      service_->AskSocketPath(), Built("api/libportcullis.so.0")));
    Write("/good/fine.py", "print('fine ran')\n");
    Write("/bad/foul.py", "print('foul ran')\n");
    Write("/good/package/__init__.py", "print('package ran')\n");
    Write("/good/evil.py", "print('evil ran')\n");
  }
  // Valid whatever its source says.
  void Compile(const std::string& source, const std::string& bytecode) {
    const std::string script = fmt::format(
        "import py_compile as p; p.compile('{0}{1}', '{0}{2}', doraise=True, "
        "invalidation_mode=p.PycInvalidationMode.UNCHECKED_HASH)",
        folder_, source, bytecode);
    ASSERT_EQ(Shell(fmt::format("{} -c \"{}\"", kPython, script)), 0) << said_;
  }
  int Python(const std::string& arguments) {
    return Shell(fmt::format("cd / && PYTHONPATH={0}/site:{0}/good:{0}/bad {1} {2}", folder_,
                             kPython, arguments));
  }
};

TEST_F(PythonHook, AsksAboutModules) {
  EXPECT_EQ(Python("-c 'import json, fine, package'"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("fine ran\npackage ran\n"));
  EXPECT_NE(Python("-c 'import foul'"), 0);
  EXPECT_THAT(said_, HasSubstr("portcullis: not run: DeniedByDefault"));
  EXPECT_THAT(said_, HasSubstr("bad/foul.py"));
  EXPECT_THAT(said_, Not(HasSubstr("foul ran")));
  EXPECT_NE(Python("-m foul"), 0);
  EXPECT_THAT(said_, Not(HasSubstr("foul ran")));
  EXPECT_NE(Python("-c 'import evil'"), 0);
  EXPECT_THAT(said_, HasSubstr("by the rule \"rule 3\""));
}

TEST_F(PythonHook, AsksAboutTheScript) {
  EXPECT_EQ(Python(folder_ + "/good/fine.py"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("fine ran"));
  EXPECT_NE(Python(folder_ + "/bad/foul.py"), 0);
  EXPECT_THAT(said_, HasSubstr("portcullis: not run: DeniedByDefault"));
  EXPECT_THAT(said_, Not(HasSubstr("foul ran")));
}

// Bytecode is a file of its own.
TEST_F(PythonHook, AsksAboutBytecodeWithoutASource) {
  Compile("/bad/foul.py", "/bad/late.pyc");
  EXPECT_NE(Python("-c 'import late'"), 0);
  EXPECT_THAT(said_, Not(HasSubstr("foul ran")));
  EXPECT_THAT(said_, HasSubstr("late.pyc"));
  EXPECT_NE(Python(folder_ + "/bad/late.pyc"), 0);
  EXPECT_THAT(said_, Not(HasSubstr("foul ran")));
  EXPECT_EQ(Python("-c \"print(len(open('" + folder_ + "/bad/late.pyc', 'rb').read()) > 0)\""), 0)
      << "who only reads it is not asked about";
}

TEST_F(PythonHook, PassesOverForgedBytecodeForItsSource) {
  std::filesystem::create_directories(folder_ + "/good/__pycache__");
  Compile("/bad/foul.py", "/good/__pycache__/forged.pyc");
  const std::string cached = fmt::format(
      "d={0}/good; for f in $d/__pycache__/forged.pyc; do mv $f "
      "$({1} -c \"import importlib.util as u; print(u.cache_from_source('$d/fine.py'))\"); done",
      folder_, kPython);
  ASSERT_EQ(Shell(cached), 0) << said_;
  ASSERT_EQ(
      Shell(fmt::format("cd / && PYTHONPATH={0}/good {1} -c 'import fine'", folder_, kPython)), 0);
  EXPECT_THAT(said_, HasSubstr("foul ran")) << "without the hook";
  EXPECT_EQ(Python("-c 'import fine'"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("fine ran"));
  EXPECT_THAT(said_, Not(HasSubstr("foul ran")));
}

TEST_F(PythonHook, CompilesTheVeryBytesThatWereJudged) {
  Write("/good/swap.py", "print('judged')\n");
  const std::string script =
      "import portcullis_host as p, importlib\n"
      "read = p.Host.ask\n"
      "def ask(self, fd, path, policy=b\"SCRIPT\", content=None):\n"
      "    read(self, fd, path, policy, content)\n"
      "    if path.endswith(\"swap.py\"): open(path, \"w\").write(\"print(\\\"swapped\\\")\")\n"
      "p.Host.ask = ask\n"
      "import swap\n";
  Write("/good/main.py", script);
  EXPECT_EQ(Python(folder_ + "/good/main.py"), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("judged"));
  EXPECT_THAT(said_, Not(HasSubstr("swapped")));
}

TEST_F(PythonHook, RunsNothingWithoutAService) {
  EXPECT_TRUE(service_->Stop());
  EXPECT_NE(Python("-c 'import fine'"), 0);
  EXPECT_THAT(said_, HasSubstr("no service of portcullis runs"));
  EXPECT_THAT(said_, Not(HasSubstr("fine ran")));
}

}  // namespace
}  // namespace portcullis::testing
