// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/run_program.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/unique_fd.h"

namespace portcullis::testing {
namespace {

constexpr int kCouldNotBecomeCaller = -1;

bool Become(const Caller& caller) {
  return setgroups(caller.groups.size(), caller.groups.data()) == 0 &&
         setresgid(caller.gid, caller.gid, caller.gid) == 0 &&
         setresuid(caller.uid, caller.uid, caller.uid) == 0;
}

// In the child: runs the program, or writes the error to `report`, which an exec closes.
[[noreturn]] void Attempt(const std::function<void()>& attempt, const Caller& caller, int report) {
  int error = kCouldNotBecomeCaller;
  if (Become(caller)) {
    attempt();
    error = errno;
  }
  if (write(report, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

// Waits for the child's end; false when it had to be killed.
bool WaitFor(pid_t child, std::chrono::milliseconds limit, int& status) {
  const UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  pollfd wait{pidfd.get(), POLLIN, 0};
  const bool ended = poll(&wait, 1, static_cast<int>(limit.count())) == 1;
  if (!ended) kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return ended;
}

}  // namespace

std::string ToString(const RunOutcome& outcome) {
  switch (outcome.kind) {
    case RunOutcome::Kind::kRan:
      return fmt::format("ran, status {}", outcome.exit_status);
    case RunOutcome::Kind::kRefused:
      return fmt::format("refused: {}", std::strerror(outcome.error));
    case RunOutcome::Kind::kTimedOut:
      break;
  }
  return "timed out";
}

RunOutcome RunProgram(const std::vector<std::string>& arguments, const Caller& caller,
                      std::chrono::milliseconds limit) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return RunBy([&] { execve(argv[0], argv.data(), environ); }, caller, limit);
}

RunOutcome RunBy(const std::function<void()>& attempt, const Caller& caller,
                 std::chrono::milliseconds limit) {
  RunOutcome outcome;
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return outcome;
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) Attempt(attempt, caller, report[1]);
  close(report[1]);
  const UniqueFd errors(report[0]);
  int status = 0;
  const bool ended = WaitFor(child, limit, status);
  outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  if (!ended) return outcome;
  if (read(errors.get(), &outcome.error, sizeof outcome.error) == sizeof outcome.error) {
    EXPECT_NE(outcome.error, kCouldNotBecomeCaller) << "uid " << caller.uid;
    outcome.kind = RunOutcome::Kind::kRefused;
  } else {
    outcome.kind = RunOutcome::Kind::kRan;
    outcome.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return outcome;
}

void WriteProgram(const std::string& path, const std::string& content, uid_t owner, mode_t mode) {
  {
    std::ofstream out(path, std::ios::binary);
    out << content;
    ASSERT_TRUE(out.flush()) << path;
  }
  ASSERT_EQ(chown(path.c_str(), owner, owner), 0) << path;
  ASSERT_EQ(chmod(path.c_str(), mode), 0) << path;
}

std::string Built(const std::string& relative) {
  const char* const build = std::getenv("PORTCULLIS_BUILD");
  return std::string(build == nullptr ? "." : build) + "/" + relative;
}

std::string ReadWholeFile(const std::string& path) {
  // By the stream, which takes a process that ends meanwhile for the end of its file.
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

}  // namespace portcullis::testing
