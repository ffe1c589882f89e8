// SPDX-License-Identifier: Apache-2.0
#include "enforcement/exec_progress.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "base/clock.h"

namespace portcullis::enforcement {
namespace {

TEST(ParseThreadTimes, ReadsTheFieldsBehindAnyName) {
  const int64_t ticks = sysconf(_SC_CLK_TCK);
  for (const char* text : {"7 (tool) R 1 7 7 0 -1 4194304 1 2 3 4 25 9 0 0 20 0 1 0 700 0",
                           "7 (a) R 1 2) S 1 7 7 0 -1 4194304 1 2 3 4 25 9 0 0 20 0 1 0 700 0"}) {
    const ThreadTimes times = ParseThreadTimes(text);
    EXPECT_EQ(times.user_ms, 25 * 1000 / ticks) << text;
    EXPECT_EQ(times.began_ns, int64_t{700} * 1'000'000'000 / ticks) << text;
  }
}

TEST(ParseThreadTimes, RefusesWhatTheKernelDoesNotWrite) {
  for (const char* text :
       {"", "7 (tool", "7 (tool)", "7 (tool) R 1 7 7 0 -1 0 1 2 3 4",
        "7 (tool) R 1 7 7 0 -1 0 1 2 3 4 x 9 0 0 20 0 1 0 x",
        "7 (tool) R 1 7 7 0 -1 0 1 2 3 4 -5 9 0 0 20 0 1 0 -7",
        "7 (tool) R 1 7 7 0 -1 0 1 2 3 4 9223372036854775807 9 0 0 20 0 1 0 9223372036854775"}) {
    EXPECT_FALSE(ParseThreadTimes(text).user_ms) << text;
    EXPECT_FALSE(ParseThreadTimes(text).began_ns) << text;
  }
}

TEST(ExecProgress, TellsWhenTheThreadBegan) {
  const int64_t tick_ns = 1'000'000'000 / sysconf(_SC_CLK_TCK);
  const int64_t before = BoottimeNs();
  const pid_t child = fork();
  while (child == 0) pause();
  const int64_t after = BoottimeNs();
  const auto began = ReadExecProgress(child).began_ns;
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(began);
  EXPECT_GT(*began, before - tick_ns);
  EXPECT_LE(*began, after);
}

TEST(ExecProgress, SeesAThreadThatWaitsInAnotherCall) {
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  ExecProgress now;
  for (int i = 0; i < 1000 && !now.is_elsewhere; ++i) {
    usleep(1000);
    now = ReadExecProgress(child);
  }
  EXPECT_TRUE(now.is_elsewhere);
  EXPECT_EQ(now.program, ReadRunningProgram(getpid()));
  EXPECT_TRUE(now.user_ms);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(ReadExecProgress(child).program.is_gone);
}

TEST(ExecProgress, CountsTheThreadsOwnTimeAlone) {
  std::atomic<bool> ends{false};
  std::atomic<pid_t> waiter{0};
  std::thread idle([&] {
    waiter = gettid();
    ends.wait(false);
  });
  while (waiter == 0) std::this_thread::yield();
  const int64_t before = ReadExecProgress(gettid()).user_ms.value();
  while (ReadExecProgress(gettid()).user_ms.value() < before + 3 * kFailedUserMs) {
    for (int i = 0; i < 1'000'000; ++i) asm volatile("");
  }
  EXPECT_LT(ReadExecProgress(waiter).user_ms.value(), kFailedUserMs);
  ends = true;
  ends.notify_all();
  idle.join();
}

TEST(ExecProgress, SaysNothingOfAThreadThatRuns) {
  const pid_t child = fork();
  while (child == 0) asm volatile("");
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(ReadExecProgress(child).is_elsewhere);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace portcullis::enforcement
