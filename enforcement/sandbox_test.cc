// SPDX-License-Identifier: Apache-2.0
#include "enforcement/sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/sanitized.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

constexpr int kNoSandbox = 99;

// The wait status of a child that entered the sandbox and then did `act`, whose result it ended
// with.
int InSandbox(int (*act)()) {
  auto ends = MakeSocketPair();
  EXPECT_TRUE(ends);
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(20);
    const auto kept = EnterSandbox(std::move(ends->second));
    _exit(kept ? act() : kNoSandbox);
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

bool Died(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS; }

TEST(Sandbox, EndsAProcessThatAsksForMore) {
  const struct {
    const char* what;
    int (*act)();
  } cases[] = {
    {"open", [] { return open("/", O_RDONLY); }},
    {"openat", [] { return static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY)); }},
    {"stat", [] { return access("/etc/passwd", F_OK); }},
    {"socket", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
    {"execve", [] { return execl("/bin/true", "true", nullptr); }},
    {"execveat",
     [] { return static_cast<int>(syscall(SYS_execveat, 0, "", nullptr, nullptr, 0)); }},
    {"fork", [] { return static_cast<int>(fork()); }},
    {"clone", [] { return static_cast<int>(syscall(SYS_clone3, nullptr, 0)); }},
    {"ptrace", [] { return static_cast<int>(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
    {"kill", [] { return kill(1, 0); }},
    {"writev", [] { return static_cast<int>(writev(0, nullptr, 0)); }},
    {"unshare", [] { return static_cast<int>(syscall(SYS_unshare, 0)); }},
    {"memfd", [] { return memfd_create("x", 0); }},
    {"fanotify", [] { return static_cast<int>(syscall(SYS_fanotify_init, 0, 0)); }},
    {"io_uring", [] { return static_cast<int>(syscall(SYS_io_uring_setup, 1, nullptr)); }},
    {"setrlimit",
     [] {
       rlimit none{};
       return setrlimit(RLIMIT_NOFILE, &none);
     }},
    {"mmap of code",
     [] {
       void* const page =
           mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
       return page == MAP_FAILED ? 1 : 0;
     }},
    {"mprotect to code",
     [] {
       void* const page = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
       return mprotect(page, 4096, PROT_READ | PROT_EXEC);
     }},
    {"path of fstat",
     [] {
       struct stat status {};
       return static_cast<int>(syscall(SYS_newfstatat, AT_FDCWD, "/", &status, 0));
     }},
#if defined(__x86_64__)
    {"the x32 table",
     [] { return static_cast<int>(syscall(0x4000'0000 + SYS_read, 0, nullptr, 0)); }},
#endif
  };
  for (const auto& c : cases) EXPECT_TRUE(Died(InSandbox(c.act))) << c.what;
}

TEST(Sandbox, LeavesMemoryAndClocks) {
  const int status = InSandbox([] {
    char* const block = static_cast<char*>(std::malloc(8 << 20));
    if (block == nullptr) return 1;
    std::memset(block, 1, 8 << 20);
    std::free(block);
    return time(nullptr) > 0 ? 0 : 2;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

#ifndef PORTCULLIS_SANITIZED
// These are left to the sanitizers' own libraries.
TEST(Sandbox, EndsAProcessThatWrites) {
  EXPECT_TRUE(Died(InSandbox([] { return static_cast<int>(write(0, "x", 1)); })));
}

TEST(Sandbox, BoundsMemory) {
  const int status = InSandbox([] {
    void* const got =
        mmap(nullptr, kMaxInspectorMemory, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return got == MAP_FAILED ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}
#endif

std::string ReadWhole(const std::string& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// A process that waits in the sandbox, looked at from outside.
TEST(Sandbox, LeavesNothingInherited) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  auto ends = MakeSocketPair();
  ASSERT_TRUE(ends);
  const UniqueFd inherited(open("/", O_RDONLY));  // without close-on-exec
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(20);
    const auto kept = EnterSandbox(std::move(ends->second));
    if (!kept || !SendPacket(kept->get(), AsBytes("in"))) _exit(kNoSandbox);
    [[maybe_unused]] const auto ended = ReceivePacket(kept->get(), 10);
    _exit(0);
  }
  ends->second.Reset();
  ASSERT_TRUE(ReceivePacket(ends->first.get(), 10));

  const std::string proc = "/proc/" + std::to_string(pid);
  const std::string status = ReadWhole(proc + "/status");
  for (const char* line : {"CapEff:\t0000000000000000", "CapPrm:\t0000000000000000",
                           "CapBnd:\t0000000000000000", "CapInh:\t0000000000000000",
                           "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"}) {
    EXPECT_THAT(status, HasSubstr(line));
  }
  EXPECT_THAT(status, ::testing::Not(HasSubstr("Uid:\t0")));
  EXPECT_THAT(status, HasSubstr("Groups:\t \n"));
  std::vector<std::string> descriptors;
  for (const auto& entry : std::filesystem::directory_iterator(proc + "/fd")) {
    descriptors.push_back(entry.path().filename());
  }
  EXPECT_THAT(descriptors, ::testing::ElementsAre("0"));
  ends->first.Reset();
  int ended = 0;
  ASSERT_EQ(waitpid(pid, &ended, 0), pid);
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0) << ended;
}

}  // namespace
}  // namespace portcullis::enforcement
