// SPDX-License-Identifier: Apache-2.0
// The system call that a thread waits in, as /proc/TID/syscall has it.
//
// Shape:   number, six arguments and the instruction pointer; nothing for a thread that runs.
// Errors:  kMalformed for what the kernel does not write.
// Threads: pure functions.
// Source:  proc(5): syscall; open(2). A 32-bit task's numbers are those of its own table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxSyscallBytes = 1024;

struct BlockedSyscall {
  // Absent: the thread waits outside of any system call (a page fault, say).
  std::optional<uint64_t> number;
  std::array<uint64_t, 6> arguments = {};
  uint64_t instruction_pointer = 0;
};

// Absent: the thread is running.
Result<std::optional<BlockedSyscall>> ParseBlockedSyscall(std::string_view text);

// False where the call shows that what is being opened is not loaded: an open for writing, or the
// kernel's own open of an execve. True where the call does not tell (openat2 and io_uring have
// their flags in memory).
bool MayOpenToLoad(const BlockedSyscall& call);
// False where the thread waits in another call than an execve, or in none. A number that is an
// execve in one of a kernel's tables counts as one.
bool MayBeExecve(const BlockedSyscall& call);

}  // namespace portcullis::enforcement
