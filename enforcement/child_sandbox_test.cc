// SPDX-License-Identifier: Apache-2.0
#include "enforcement/child_sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace portcullis::enforcement {
namespace {

constexpr int kNoSandbox = 99;

// The wait status of a child that entered the sandbox and then did `act`, whose result it ended
// with.
int InSandbox(int (*act)(), std::vector<int> more_calls = {}) {
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(20);
    ChildSandbox sandbox;
    sandbox.more_calls = std::move(more_calls);
    _exit(EnterChildSandbox(sandbox) ? act() : kNoSandbox);
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

bool Died(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }

TEST(ChildSandbox, EndsAProcessThatAsksForMore) {
  const struct {
    const char* what;
    int (*act)();
  } cases[] = {
      {"a socket of the network", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
      {"netlink", [] { return socket(AF_NETLINK, SOCK_RAW, 0); }},
      {"execve", [] { return execl("/bin/true", "true", nullptr); }},
      {"fork", [] { return static_cast<int>(fork()); }},
      {"ptrace", [] { return static_cast<int>(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
      {"kill", [] { return kill(getppid(), 0); }},
      {"mount", [] { return static_cast<int>(syscall(SYS_mount, 0, 0, 0, 0, 0)); }},
      {"unshare", [] { return static_cast<int>(syscall(SYS_unshare, 0)); }},
      {"setuid", [] { return setuid(0); }},
      {"fanotify", [] { return static_cast<int>(syscall(SYS_fanotify_init, 0, 0)); }},
      {"bpf", [] { return static_cast<int>(syscall(SYS_bpf, 0, nullptr, 0)); }},
      {"io_uring", [] { return static_cast<int>(syscall(SYS_io_uring_setup, 1, nullptr)); }},
      {"unlink", [] { return unlink("/nothing"); }},
      {"mmap of code",
       [] {
         void* const page =
             mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return page == MAP_FAILED ? 1 : 0;
       }},
  };
  for (const auto& c : cases) EXPECT_TRUE(Died(InSandbox(c.act))) << c.what;
}

TEST(ChildSandbox, LeavesThreadsLocalSocketsAndMemory) {
  const int status = InSandbox([] {
    int result = 1;
    std::thread([&] { result = 0; }).join();
    if (socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0) return 2;
    char* const block = static_cast<char*>(std::malloc(8 << 20));
    if (block == nullptr) return 3;
    std::memset(block, 1, 8 << 20);
    std::free(block);
    return open("/nothing", O_RDONLY) < 0 && errno == ENOENT ? result : 4;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(ChildSandbox, LeavesTheCallsThatAreNamed) {
  const int status = InSandbox([] { return unlink("/nothing") != 0 ? 0 : 1; },
                               {
#if defined(SYS_unlink)
                                 SYS_unlink,
#endif
                                     SYS_unlinkat
                               });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(ChildSandbox, EndsAtAStepThatFails) {
  if (geteuid() != 0) GTEST_SKIP() << "only root changes ids";
  ChildSandbox sandbox;
  const pid_t pid = fork();
  if (pid == 0) {
    sandbox.account = {static_cast<uid_t>(-1) - 1, 0};
    sandbox.groups = std::vector<gid_t>(70'000, 1);  // more than the kernel takes
    _exit(EnterChildSandbox(sandbox) ? 0 : kNoSandbox);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), kNoSandbox);
}

}  // namespace
}  // namespace portcullis::enforcement
