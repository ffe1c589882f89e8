// SPDX-License-Identifier: Apache-2.0
// Every way we know to run a file that no rule allows, tried as an ordinary user: it is refused, or
// it runs and docs/limitations.md says so. Rows are named as there.
#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

constexpr unsigned kSeconds = 60;
constexpr uid_t kUid = 1000;
const Caller kUser{kUid, kUid, {kUid}};

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000  // Linux 6.14
#endif

// What stands below /mnt/.../allowed may run; nothing else, by whatever name.
std::string Policy(const std::string& root) {
  return fmt::format(R"(<AppLockerPolicy Version="1">
<RuleCollection Type="Exe" EnforcementMode="Enabled">
 <FilePathRule Id="00000000-0000-4000-8000-000000000001" Name="approved" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="{0}/allowed/*"/></Conditions></FilePathRule>
 <FilePathRule Id="00000000-0000-4000-8000-000000000002" Name="system" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="%WINDIR%/*"/></Conditions></FilePathRule>
</RuleCollection>
<RuleCollection Type="Script" EnforcementMode="Enabled">
 <FilePathRule Id="00000000-0000-4000-8000-000000000003" Name="approved" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="{0}/allowed/*"/></Conditions></FilePathRule>
</RuleCollection>
</AppLockerPolicy>)",
                     root);
}

void WriteLine(const char* path, const std::string& line) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && write(fd, line.data(), line.size()) < 0) errno = EIO;
  close(fd);
}

// What errno says after an attempt whose preparation failed; never what a refusal says.
constexpr int kNotPrepared = ECANCELED;

bool CanMakeUserNamespaces() {
  const pid_t child = fork();
  if (child == 0) _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : 1);
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

// A user namespace in which the caller is root, with a mount namespace below it.
bool EnterUserNamespace() {
  // Who changed his ids may not write his own maps, and without maps can make no file.
  prctl(PR_SET_DUMPABLE, 1);
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  WriteLine("/proc/self/setgroups", "deny");
  WriteLine("/proc/self/uid_map", fmt::format("0 {} 1", kUid));
  WriteLine("/proc/self/gid_map", fmt::format("0 {} 1", kUid));
  return true;
}

void Exec(const std::string& path) {
  char* const arguments[] = {const_cast<char*>(path.c_str()), nullptr};
  execve(path.c_str(), arguments, environ);
}

class Escapes : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_ = std::make_unique<PrivateMounts>(std::move(*mounts));
    const auto root = mounts_->Mount(GetParam());
    if (!root) GTEST_SKIP() << kNoSuchFileSystem << ": " << root.error().message;
    root_ = *root;
    tiny_ = ReadWholeFile(Built("enforcement/tiny_program"));
    for (const char* name : {"/allowed", "/home"}) mkdir((root_ + name).c_str(), 0755);
    ASSERT_EQ(chown((root_ + "/home").c_str(), kUid, kUid), 0);
    WriteProgram(root_ + "/allowed/program", tiny_);
    WriteProgram(evil(), tiny_ + "evil", kUid);
    auto service = ServiceUnderTest::Start(*mounts_, {Policy(root_), {root_}, "", {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
    ASSERT_TRUE(RunProgram({root_ + "/allowed/program"}, kUser).ran());
    ASSERT_EQ(RunProgram({evil()}, kUser).error, EPERM);
  }

  std::string evil() const { return root_ + "/home/evil"; }
  void ExpectRefused(const std::function<void()>& attempt) const {
    const RunOutcome outcome = RunBy(attempt, kUser);
    EXPECT_TRUE(outcome.refused()) << ToString(outcome);
    EXPECT_EQ(outcome.error, EPERM) << ToString(outcome);
  }
  // Runs, and docs/limitations.md names it: a change here is a change there.
  void ExpectNotSeen(const std::function<void()>& attempt) const {
    const RunOutcome outcome = RunBy(attempt, kUser);
    EXPECT_TRUE(outcome.ran()) << ToString(outcome);
  }

  std::unique_ptr<PrivateMounts> mounts_;
  std::string root_;
  std::string tiny_;
  std::unique_ptr<ServiceUnderTest> service_;
};

TEST_P(Escapes, ByDescriptorIsRefused) {
  ExpectRefused([this] {
    const int fd = open(evil().c_str(), O_RDONLY);
    char* const arguments[] = {const_cast<char*>("x"), nullptr};
    fexecve(fd, arguments, environ);
  });
}

TEST_P(Escapes, ByPathOnlyDescriptorIsRefused) {
  ExpectRefused([this] {
    const int fd = open(evil().c_str(), O_PATH);
    char* const arguments[] = {const_cast<char*>("x"), nullptr};
    syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
  });
}

TEST_P(Escapes, ByTheProcessesOwnDescriptorsIsRefused) {
  ExpectRefused([this] {
    const int fd = open(evil().c_str(), O_RDONLY);
    Exec(fmt::format("/proc/self/fd/{}", fd));
  });
}

TEST_P(Escapes, ADeletedFileIsRefused) {
  ExpectRefused([this] {
    const int fd = open(evil().c_str(), O_RDONLY);
    unlink(evil().c_str());
    Exec(fmt::format("/proc/self/fd/{}", fd));
  });
}

TEST_P(Escapes, ASymbolicLinkInAnAllowedFolderIsRefused) {
  ASSERT_EQ(symlink(evil().c_str(), (root_ + "/allowed/link").c_str()), 0);
  ExpectRefused([this] { Exec(root_ + "/allowed/link"); });
}

TEST_P(Escapes, ACopyIsRefused) {
  ExpectRefused([this] {
    const std::string copy = root_ + "/home/copy";
    std::ofstream(copy) << ReadWholeFile(root_ + "/allowed/program");
    chmod(copy.c_str(), 0755);
    Exec(copy);
  });
}

TEST_P(Escapes, AMountOverAnAllowedPathIsRefused) {
  if (!CanMakeUserNamespaces()) GTEST_SKIP() << kNoUserNamespaces;
  ExpectRefused([this] {
    const std::string target = root_ + "/allowed/program";
    const bool is_prepared = EnterUserNamespace() &&
                             mount(evil().c_str(), target.c_str(), nullptr, MS_BIND, nullptr) == 0;
    is_prepared ? Exec(target) : void(errno = kNotPrepared);
  });
}

TEST_P(Escapes, ANewMountNamespaceIsRefused) {
  if (!CanMakeUserNamespaces()) GTEST_SKIP() << kNoUserNamespaces;
  ExpectRefused([this] { EnterUserNamespace() ? Exec(evil()) : void(errno = kNotPrepared); });
}

TEST_P(Escapes, AChangedRootIsRefused) {
  if (!CanMakeUserNamespaces()) GTEST_SKIP() << kNoUserNamespaces;
  ExpectRefused([this] {
    const bool is_prepared = EnterUserNamespace() && chroot((root_ + "/home").c_str()) == 0;
    is_prepared ? Exec("/evil") : void(errno = kNotPrepared);
  });
}

TEST_P(Escapes, AScriptWithAnInterpreterLineIsRefused) {
  WriteProgram(root_ + "/home/script", "#!/bin/sh\nexit 0\n", kUid);
  ExpectRefused([this] { Exec(root_ + "/home/script"); });
}

TEST_P(Escapes, AnInterpreterLineThatNamesTheFileIsRefused) {
  WriteProgram(root_ + "/allowed/script", "#!" + evil() + "\n");
  ExpectRefused([this] { Exec(root_ + "/allowed/script"); });
}

TEST_P(Escapes, AnInterpretersQuestionIsAnswered) {
  WriteProgram(root_ + "/home/script", "exit 0\n", kUid);
  WriteProgram(root_ + "/allowed/script", "exit 0\n");
  char* const arguments[] = {const_cast<char*>("x"), nullptr};
  const auto ask = [&](const std::string& path) {
    return RunBy(
        [&] {
          if (syscall(SYS_execveat, AT_FDCWD, path.c_str(), arguments, environ, AT_EXECVE_CHECK) ==
              0) {
            Exec("/bin/true");
          }
        },
        kUser);
  };
  const RunOutcome allowed = ask(root_ + "/allowed/script");
  if (allowed.refused() && allowed.error == EINVAL)
    GTEST_SKIP() << "no AT_EXECVE_CHECK before Linux 6.14";
  EXPECT_TRUE(allowed.ran()) << ToString(allowed);
  EXPECT_EQ(ask(root_ + "/home/script").error, EPERM);
}

TEST_P(Escapes, AFileInMemoryIsNotSeen) {
  ExpectNotSeen([this] {
    const int fd = static_cast<int>(memfd_create("evil", 0));
    if (write(fd, tiny_.data(), tiny_.size()) < 0) return;
    char* const arguments[] = {const_cast<char*>("x"), nullptr};
    fexecve(fd, arguments, environ);
  });
}

TEST_P(Escapes, AFileSystemOfAUserNamespaceIsNotSeen) {
  if (!CanMakeUserNamespaces()) GTEST_SKIP() << kNoUserNamespaces;
  ExpectNotSeen([this] {
    const std::string content = ReadWholeFile(evil());
    const std::string place = root_ + "/home";
    if (!EnterUserNamespace() || mount("own", place.c_str(), "tmpfs", 0, nullptr) != 0) return;
    std::ofstream(place + "/copy") << content;
    chmod((place + "/copy").c_str(), 0755);
    Exec(place + "/copy");
  });
}

INSTANTIATE_TEST_SUITE_P(On, Escapes, ::testing::Values("tmpfs", "ext4", "xfs", "overlay"));

}  // namespace
}  // namespace portcullis::testing
