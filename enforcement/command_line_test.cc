// SPDX-License-Identifier: Apache-2.0
#include "enforcement/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace portcullis::enforcement {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A child that stands at the entry of an execve, as one that the gate is asked about does.
class WaitingExec {
 public:
  explicit WaitingExec(std::vector<std::string> arguments) {
    child_ = fork();
    if (child_ == 0) {
      ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
      raise(SIGSTOP);
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      syscall(SYS_execve, "/nothing", argv.data(), nullptr);
      _exit(1);
    }
    waitpid(child_, nullptr, 0);
    ptrace(PTRACE_SETOPTIONS, child_, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    do {
      ptrace(PTRACE_SYSCALL, child_, nullptr, nullptr);
      waitpid(child_, nullptr, 0);
    } while (!StandsInExec());
  }
  ~WaitingExec() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  pid_t pid() const { return child_; }

 private:
  bool StandsInExec() const {
    __ptrace_syscall_info info{};
    ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child_, sizeof(info), &info);
    return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_execve;
  }
  pid_t child_;
};

TEST(ReadExecArguments, FindsWhatExecveWasCalledWith) {
  const WaitingExec exec({"tool", "", "two words", "\xFF\n"});
  EXPECT_THAT(ReadExecArguments(exec.pid()), ElementsAre("tool", "", "two words", "\xFF\n"));
}

TEST(ReadExecArguments, IsBounded) {
  const WaitingExec exec(std::vector<std::string>(1000, std::string(5000, 'x')));
  const auto arguments = ReadExecArguments(exec.pid());
  ASSERT_EQ(arguments.size(), 65U);  // one more than is kept
  for (const std::string& argument : arguments) EXPECT_EQ(argument.size(), 513U);
}

TEST(ReadExecArguments, IsEmptyOutsideOfExecve) {
  EXPECT_THAT(ReadExecArguments(getpid()), IsEmpty());
  EXPECT_THAT(ReadExecArguments(1'000'000'000), IsEmpty());
}

TEST(CommandLines, AnswerOneAfterTheOther) {
  CommandLines lines([](pid_t tid) { return std::vector{std::to_string(tid)}; });
  for (pid_t tid = 1; tid <= 20; ++tid) {
    EXPECT_THAT(lines.Read(tid, 7), ElementsAre(std::to_string(tid)));
  }
}

std::atomic<bool> holds{true};

// A server of memory that does not answer costs its principal's own command lines, once its
// patience and no more; and everybody's only while it holds the thread.
TEST(CommandLines, LetNoMemoryKeepAnybodyWaiting) {
  auto lines = std::make_unique<CommandLines>([](pid_t tid) {
    while (tid == 1 && holds) usleep(1000);
    return std::vector{std::to_string(tid)};
  });
  EXPECT_THAT(lines->Read(1, 100), IsEmpty());
  EXPECT_THAT(lines->Read(2, 200), IsEmpty()) << "not waited for: the thread is held";
  holds = false;
  std::vector<std::string> found;
  for (int i = 0; i < 500 && found.empty(); ++i) {
    usleep(10'000);
    found = lines->Read(3, 200);
  }
  EXPECT_THAT(found, ElementsAre("3")) << "and none of the former answers";
  EXPECT_THAT(lines->Read(4, 100), IsEmpty()) << "for a while";
  holds = true;
  EXPECT_THAT(lines->Read(1, 300), IsEmpty());
  lines.reset();  // does not wait for it either
  holds = false;
}

}  // namespace
}  // namespace portcullis::enforcement
