// SPDX-License-Identifier: Apache-2.0
#include "enforcement/asker_trace.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace portcullis::enforcement {
namespace {

TEST(StatField, CountsBehindTheName) {
  const std::string_view stat = "12 (a) 1 (b c)) S 7 8 9 34817 1 4194560 -1\n";
  EXPECT_EQ(StatField(stat, 3), "S");
  EXPECT_EQ(StatField(stat, 7), "34817");
  EXPECT_EQ(StatField(stat, 10), "-1");
  EXPECT_EQ(StatField(stat, 11), "");
  EXPECT_EQ(StatField("", 3), "");
}

TEST(AskerTrace, HasTheControllingTerminal) {
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    for (;;) pause();
  }
  ASSERT_GT(child, 0);
  char name[64] = {};
  ASSERT_EQ(ptsname_r(terminal, name, sizeof(name)), 0);
  struct stat status {};
  ASSERT_EQ(stat(name, &status), 0);
  AskerTrace trace;
  for (int i = 0; i < 200 && trace.terminal == 0; ++i) {
    usleep(10'000);  // till the child has taken it
    trace = ReadAskerTrace(child);
  }
  EXPECT_EQ(trace.terminal, status.st_rdev);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(terminal);
}

TEST(AskerTrace, IsEmptyOfWhoIsGone) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  const AskerTrace trace = ReadAskerTrace(child);
  EXPECT_EQ(trace.terminal, 0U);
  EXPECT_EQ(trace.session_id, std::nullopt);
}

}  // namespace
}  // namespace portcullis::enforcement
