// SPDX-License-Identifier: Apache-2.0
// Programs that are run at a level; each by a process of its own, which it takes the place of.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;

// The exit status of what `srp run` became.
int RunAt(const std::string& level, const std::string& script) {
  const pid_t child = fork();
  if (child == 0) {
    const group* const adm = getgrnam("sudo");
    const gid_t groups[] = {adm == nullptr ? gid_t{27} : adm->gr_gid, 100};
    if (setgroups(2, groups) != 0) _exit(90);
    const Ran ran = RunCli({"srp", "run", "--level", level, "--", "/bin/sh", "-c", script});
    _exit(100 + static_cast<int>(ran.status));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(SrpRun, TakesAdministratorsGroupsAndCapabilitiesAwayFromABasicUser) {
  if (geteuid() != 0) GTEST_SKIP() << "kernel tests need root";
  const std::string script =
      "id -nG | grep -qw sudo && exit 1; id -nG | grep -qw users || exit 2; "
      "grep -q 'CapEff:.*0000000000000000' /proc/self/status || exit 3; "
      "grep -q 'NoNewPrivs:.*1' /proc/self/status || exit 4; exit 0";
  EXPECT_EQ(RunAt("basic-user", script), 0);
  EXPECT_EQ(RunAt("fully-trusted", script), 1) << "as it is";
}

TEST(SrpRun, RunsNothingThatIsNotAllowed) {
  if (geteuid() != 0) GTEST_SKIP() << "kernel tests need root";
  for (const char* level : {"disallowed", "untrusted", "constrained"}) {
    EXPECT_EQ(RunAt(level, "exit 0"), 103) << level;
  }
}

TEST(SrpRun, SaysWhatALevelIs) {
  const Ran ran = RunCli({"srp", "run", "--level", "high", "--", "/bin/true"});
  EXPECT_EQ(ran.status, ExitStatus::kUsage);
  EXPECT_THAT(ran.err, HasSubstr("--level high: fully-trusted, basic-user"));
  EXPECT_EQ(RunCli({"srp", "run", "--level", "basic-user"}).status, ExitStatus::kUsage);
}

TEST(SrpRun, SaysWhenThereIsNoSuchProgram) {
  const Ran ran = RunCli({"srp", "run", "--level", "fully-trusted", "--", "/nonexistent/x"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("/nonexistent/x: No such file"));
}

}  // namespace
}  // namespace portcullis::cli
