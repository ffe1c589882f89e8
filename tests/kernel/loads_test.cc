// SPDX-License-Identifier: Apache-2.0
// Opens are judged only when they are loads: what copies, packs, builds and edits files that nobody
// approved goes on working, while every way to run the same files as a library or a script is
// refused.
#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

constexpr unsigned kSeconds = 100;

// Programs may run from anywhere; libraries and scripts from /usr alone, and scripts whose name
// says so.
constexpr const char* kPolicy = R"(<AppLockerPolicy Version="1">
<RuleCollection Type="Exe" EnforcementMode="Enabled">
 <FilePathRule Id="00000000-0000-4000-8000-000000000001" Name="any program" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*"/></Conditions></FilePathRule>
</RuleCollection>
<RuleCollection Type="Dll" EnforcementMode="Enabled">
 <FilePathRule Id="00000000-0000-4000-8000-000000000002" Name="system libraries" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%WINDIR%\*"/></Conditions></FilePathRule>
 <FilePathRule Id="00000000-0000-4000-8000-000000000003" Name="approved libraries" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*\approved.so"/></Conditions></FilePathRule>
</RuleCollection>
<RuleCollection Type="Script" EnforcementMode="Enabled">
 <FilePathRule Id="00000000-0000-4000-8000-000000000004" Name="system scripts" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%WINDIR%\*"/></Conditions></FilePathRule>
 <FilePathRule Id="00000000-0000-4000-8000-000000000005" Name="approved scripts" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*\approved.sh"/></Conditions></FilePathRule>
</RuleCollection>
</AppLockerPolicy>)";

class Loads : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_ = std::make_unique<PrivateMounts>(std::move(*mounts));
    const auto root = mounts_->Mount(GetParam());
    if (!root) GTEST_SKIP() << kNoSuchFileSystem << ": " << root.error().message;
    root_ = *root;
    WriteFiles();
    auto service = ServiceUnderTest::Start(*mounts_, {kPolicy, {root_}, "", {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }

  void WriteFiles() const {
    const std::string library = ReadWholeFile(Built("tests/kernel/libtest_library.so"));
    ASSERT_FALSE(library.empty());
    WriteProgram(root_ + "/library.so", library, kUser);
    WriteProgram(root_ + "/approved.so", library, kUser);
    WriteProgram(root_ + "/program", ReadWholeFile("/bin/true"), kUser);
    WriteProgram(root_ + "/script.sh", "exit 0\n", kUser);
    WriteProgram(root_ + "/approved.sh", "exit 0\n", kUser);
    WriteProgram(root_ + "/source.c", "int answer(void) { return 42; }\n", kUser, 0644);
  }

  // Runs a command line of the shell, with $M for the file system.
  RunOutcome Shell(const std::string& command) const {
    return RunProgram({"/bin/sh", "-c", "M=" + root_ + "; " + command + " >$M/output 2>&1"});
  }
  // The status of a command; 0 is success.
  int Status(const std::string& command) const {
    const RunOutcome outcome = Shell(command);
    return outcome.ran() ? outcome.exit_status : 1000;
  }
  std::string Output() const { return ReadWholeFile(root_ + "/output"); }
  static std::string LoadProgram() {
    return fmt::format("'{}'", Built("tests/kernel/load_program"));
  }
  static std::string LoaderOf(const std::string& program) {
    const std::string content = ReadWholeFile(program);
    const size_t at = content.find("/lib");
    return content.substr(at, content.find('\0', at) - at);
  }

  static constexpr uid_t kUser = 1000;
  std::unique_ptr<PrivateMounts> mounts_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
};

TEST_P(Loads, DlopenIsJudgedByTheDllCollection) {
  EXPECT_EQ(Status(LoadProgram() + " $M/approved.so"), 0) << Output();
  EXPECT_NE(Status(LoadProgram() + " $M/library.so"), 0);
  EXPECT_NE(Output().find("not permitted"), std::string::npos) << Output();
}

// Each answer wakes everybody who waits for one: what runs for a moment is looked at once more.
TEST_P(Loads, NoLoadIsMissedWhileOthersAreAnswered) {
  constexpr int kOthers = 6;
  constexpr int kLoads = 2000;
  const std::string library = root_ + "/library.so";
  const std::string data = root_ + "/source.c";
  std::vector<pid_t> others;
  for (int i = 0; i < kOthers; ++i) {
    others.push_back(fork());
    if (others.back() != 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) close(open(data.c_str(), O_RDONLY | O_CLOEXEC));
  }
  const pid_t loader = fork();
  if (loader == 0) {
    int loaded = 0;
    for (int i = 0; i < kLoads; ++i) loaded += dlopen(library.c_str(), RTLD_NOW) != nullptr ? 1 : 0;
    _exit(loaded == 0 ? 0 : 1);
  }
  int status = 1;
  waitpid(loader, &status, 0);
  EXPECT_EQ(status, 0) << "a library that nobody approved was loaded";
  for (const pid_t other : others) {
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
  }
}

TEST_P(Loads, PreloadingIsJudgedByTheDllCollection) {
  EXPECT_EQ(Status("LD_PRELOAD=$M/approved.so /bin/true"), 0);
  EXPECT_EQ(Output(), "");
  Status("LD_PRELOAD=$M/library.so /bin/true");
  EXPECT_NE(Output().find("cannot be preloaded"), std::string::npos) << Output();
}

TEST_P(Loads, AProgramGivenToTheLoaderIsALibraryThatNobodyApproved) {
  const std::string loader = LoaderOf("/bin/true");
  EXPECT_EQ(Status("$M/program"), 0) << Output();
  EXPECT_EQ(Status(loader + " /bin/true"), 0) << Output();
  EXPECT_NE(Status(loader + " $M/program"), 0);
}

TEST_P(Loads, AScriptGivenToAShellIsJudgedByTheScriptCollection) {
  EXPECT_EQ(Status("/bin/sh $M/approved.sh"), 0) << Output();
  EXPECT_NE(Status("/bin/sh $M/script.sh"), 0);
  EXPECT_EQ(Status("/bin/sh -c '. '$M'/approved.sh'"), 0) << Output();
  EXPECT_NE(Status("/bin/sh -c '. '$M'/script.sh'"), 0);
  EXPECT_NE(Status("$M/script.sh"), 0);
}

TEST_P(Loads, CopyingAndPackingGoOnWorking) {
  EXPECT_EQ(Status("cp $M/library.so $M/copy.so && cmp $M/library.so $M/copy.so"), 0) << Output();
  EXPECT_EQ(Status("tar -C $M -cf $M/all.tar library.so script.sh program"), 0) << Output();
  EXPECT_EQ(Status("mkdir $M/unpacked && tar -C $M/unpacked -xf $M/all.tar"), 0) << Output();
  EXPECT_EQ(Status("cat $M/script.sh $M/program"), 0) << Output();
}

TEST_P(Loads, EditingGoesOnWorking) {
  EXPECT_EQ(Status("sed -i 's/exit 0/exit 1/' $M/script.sh && grep -q 'exit 1' $M/script.sh"), 0)
      << Output();
}

TEST_P(Loads, BuildingALibraryGoesOnWorking) {
  if (std::system("command -v gcc > /dev/null") != 0) GTEST_SKIP() << "no gcc here";
  EXPECT_EQ(Status("cd $M && TMPDIR=$M gcc -shared -fPIC -o built.so source.c"), 0) << Output();
}

TEST_P(Loads, CloningARepositoryGoesOnWorking) {
  if (std::system("command -v git > /dev/null") != 0) GTEST_SKIP() << "no git here";
  const std::string git = "HOME=$M git -c safe.directory='*' -c user.name=n -c user.email=e ";
  EXPECT_EQ(Status(git + "init -q $M/origin && cp $M/script.sh $M/library.so $M/origin"), 0)
      << Output();
  EXPECT_EQ(Status("cd $M/origin && " + git + "add . && " + git + "commit -q -m all"), 0)
      << Output();
  EXPECT_EQ(Status(git + "clone -q $M/origin $M/clone && cmp $M/library.so $M/clone/library.so"), 0)
      << Output();
}

TEST_P(Loads, SynchronisingGoesOnWorking) {
  if (std::system("command -v rsync > /dev/null") != 0) GTEST_SKIP() << "no rsync here";
  EXPECT_EQ(Status("rsync -a $M/library.so $M/script.sh $M/synchronised/"), 0) << Output();
}

INSTANTIATE_TEST_SUITE_P(On, Loads, ::testing::Values("tmpfs", "ext4"));

}  // namespace
}  // namespace portcullis::testing
