// SPDX-License-Identifier: Apache-2.0
#include "enforcement/seccomp_filter.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "base/sanitized.h"

namespace portcullis::enforcement {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr uint32_t kFirstForeignCall = 0x4000'0000;  // the x32 table
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr uint32_t kFirstForeignCall = 0x4000'0000;  // none is so high
#else
constexpr uint32_t kArchitecture = 0;
constexpr uint32_t kFirstForeignCall = 0;
#endif

// What reading a descriptor, hashing, allocating and talking on a socket take, as found by running.
// Clocks and getrandom are for a libc whose vDSO can not be used, and for OpenSSL.
constexpr int kAllowed[] = {
    SYS_pread64,        SYS_read,         SYS_fstat,
    SYS_lseek,          SYS_close,        SYS_recvmsg,
    SYS_sendmsg,        SYS_munmap,       SYS_mremap,
    SYS_madvise,        SYS_brk,          SYS_futex,
    SYS_clock_gettime,  SYS_gettimeofday, SYS_getrandom,
    SYS_sched_yield,    SYS_getpid,       SYS_gettid,
    SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_restart_syscall,
    SYS_exit,           SYS_exit_group,
};

// What a process with files, threads and local sockets takes beside them, as found by running.
constexpr int kChildCalls[] = {
    SYS_write,
    SYS_writev,
    SYS_pwrite64,
    SYS_openat,
    SYS_newfstatat,
    SYS_statx,
    SYS_fcntl,
    SYS_ppoll,
    SYS_dup,
    SYS_eventfd2,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_clock_getres,
    SYS_connect,
    SYS_sendto,
    SYS_set_robust_list,
    SYS_sched_getaffinity,
    SYS_rt_sigaction,
#if defined(SYS_poll)
    SYS_poll,
#endif
#if defined(SYS_open)
    SYS_open,
    SYS_stat,
    SYS_lstat,
#endif
#if defined(SYS_rseq)
    SYS_rseq,
#endif
};

// How their run-time libraries end a thread, and try whether memory can be read.
constexpr int kAllowedToSanitizers[] = {SYS_sigaltstack, SYS_pipe2, SYS_write};

constexpr uint32_t ArgumentOffset(unsigned index) {
  // The low half of a 64-bit argument on a little-endian machine; flags are 32 bits wide.
  return static_cast<uint32_t>(offsetof(seccomp_data, args) + index * sizeof(uint64_t));
}

class Program {
 public:
  void Load(size_t offset) { Add(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset), 0, 0); }
  void Return(uint32_t action) { Add(BPF_RET | BPF_K, action, 0, 0); }
  // Skips `otherwise` instructions unless the condition holds.
  void IfEqual(uint32_t value, uint8_t otherwise) {
    Add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, otherwise);
  }
  void IfAnyBit(uint32_t bits, uint8_t otherwise) {
    Add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, otherwise);
  }
  void IfAtLeast(uint32_t value, uint8_t otherwise) {
    Add(BPF_JMP | BPF_JGE | BPF_K, value, 0, otherwise);
  }

  void Allow(int call) {
    IfEqual(static_cast<uint32_t>(call), 1);
    Return(SECCOMP_RET_ALLOW);
  }
  // `call` is allowed unless its third argument, a protection, asks for executable memory.
  void AllowWithoutExec(int call) {
    IfEqual(static_cast<uint32_t>(call), 4);
    Load(ArgumentOffset(2));
    IfAnyBit(PROT_EXEC, 1);
    Return(SECCOMP_RET_KILL_PROCESS);
    Return(SECCOMP_RET_ALLOW);
  }
  // The C library tries clone3 first, whose flags can not be seen, and takes this for an old
  // kernel.
  void AllowThreads() {
    IfEqual(SYS_clone3, 1);
    Return(SECCOMP_RET_ERRNO | ENOSYS);
    IfEqual(SYS_clone, 4);
    Load(ArgumentOffset(0));
    IfAnyBit(CLONE_THREAD, 1);
    Return(SECCOMP_RET_ALLOW);
    Return(SECCOMP_RET_KILL_PROCESS);
  }
  void AllowLocalSockets() {
    IfEqual(SYS_socket, 4);
    Load(ArgumentOffset(0));
    IfEqual(AF_UNIX, 1);
    Return(SECCOMP_RET_ALLOW);
    Return(SECCOMP_RET_KILL_PROCESS);
  }
  // What both lists begin with.
  void Begin() {
    Load(offsetof(seccomp_data, arch));
    IfEqual(kArchitecture, 2);
    Load(offsetof(seccomp_data, nr));
    IfAtLeast(kFirstForeignCall, 1);
    Return(SECCOMP_RET_KILL_PROCESS);
    for (const int call : kAllowed) Allow(call);
    for (const int call : kAllowedToSanitizers) {
      if (kSanitized) Allow(call);
    }
    AllowWithoutExec(SYS_mmap);
    AllowWithoutExec(SYS_mprotect);
  }
  std::vector<sock_filter> Take() && { return std::move(code_); }

 private:
  void Add(unsigned code, uint32_t k, uint8_t if_true, uint8_t if_false) {
    code_.push_back({static_cast<uint16_t>(code), if_true, if_false, k});
  }
  std::vector<sock_filter> code_;
};

}  // namespace

std::vector<sock_filter> BuildInspectorFilter() {
  Program program;
  program.Begin();
  // glibc's fstat. A path that stood beside the flag would name nothing: the root is empty.
  program.IfEqual(SYS_newfstatat, 4);
  program.Load(ArgumentOffset(3));
  program.IfEqual(AT_EMPTY_PATH, 1);
  program.Return(SECCOMP_RET_ALLOW);
  program.Return(SECCOMP_RET_KILL_PROCESS);
  program.Return(SECCOMP_RET_KILL_PROCESS);
  return std::move(program).Take();
}

std::vector<sock_filter> BuildChildFilter(std::span<const int> more_calls) {
  Program program;
  program.Begin();
  for (const int call : kChildCalls) program.Allow(call);
  for (const int call : more_calls) program.Allow(call);
  program.AllowThreads();
  program.AllowLocalSockets();
  program.Return(SECCOMP_RET_KILL_PROCESS);
  return std::move(program).Take();
}

Result<void> InstallFilter(std::vector<sock_filter> code) {
  if (kArchitecture == 0) {
    return Fail(ErrorCode::kUnsupported, "no system call filter for this architecture");
  }
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("the system call filter was refused: errno {}", errno));
  }
  return {};
}

}  // namespace portcullis::enforcement
