// SPDX-License-Identifier: Apache-2.0
#include "enforcement/seccomp_filter.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
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

  // `call` is allowed unless its third argument, a protection, asks for executable memory.
  void AllowWithoutExec(int call) {
    IfEqual(static_cast<uint32_t>(call), 4);
    Load(ArgumentOffset(2));
    IfAnyBit(PROT_EXEC, 1);
    Return(SECCOMP_RET_KILL_PROCESS);
    Return(SECCOMP_RET_ALLOW);
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
  program.Load(offsetof(seccomp_data, arch));
  program.IfEqual(kArchitecture, 2);
  program.Load(offsetof(seccomp_data, nr));
  program.IfAtLeast(kFirstForeignCall, 1);
  program.Return(SECCOMP_RET_KILL_PROCESS);
  for (const int call : kAllowed) {
    program.IfEqual(static_cast<uint32_t>(call), 1);
    program.Return(SECCOMP_RET_ALLOW);
  }
  for (const int call : kAllowedToSanitizers) {
    if (!kSanitized) break;
    program.IfEqual(static_cast<uint32_t>(call), 1);
    program.Return(SECCOMP_RET_ALLOW);
  }
  program.AllowWithoutExec(SYS_mmap);
  program.AllowWithoutExec(SYS_mprotect);
  // glibc's fstat. A path that stood beside the flag would name nothing: the root is empty.
  program.IfEqual(SYS_newfstatat, 4);
  program.Load(ArgumentOffset(3));
  program.IfEqual(AT_EMPTY_PATH, 1);
  program.Return(SECCOMP_RET_ALLOW);
  program.Return(SECCOMP_RET_KILL_PROCESS);
  program.Return(SECCOMP_RET_KILL_PROCESS);
  return std::move(program).Take();
}

Result<void> InstallInspectorFilter() {
  if (kArchitecture == 0) {
    return Fail(ErrorCode::kUnsupported, "no system call filter for this architecture");
  }
  std::vector<sock_filter> code = BuildInspectorFilter();
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    return Fail(ErrorCode::kIo, fmt::format("the system call filter was refused: errno {}", errno));
  }
  return {};
}

}  // namespace portcullis::enforcement
