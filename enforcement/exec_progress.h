// SPDX-License-Identifier: Apache-2.0
// How far the exec of a thread has come since it was answered, as /proc tells it.
//
// Shape:   an exec has landed when the thread runs the file, or (by an interpreter line) another
//          program than before. It has failed, and is over as well, when the thread waits in
//          another call than an execve, or in none, or goes on computing in user mode. Of a thread
//          that is ready to run and gets no processor nothing can be said: its exec is under way.
// Limits:  kMaxStatBytes of /proc/TID/stat.
// Errors:  what can not be read of a thread that is there says nothing.
// Threads: reentrant.
// Source:  proc(5): exe, stat, syscall.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::enforcement {

inline constexpr size_t kMaxStatBytes = 4096;
// So much of it since an exec was answered is not the kernel's rounding any more.
inline constexpr int64_t kFailedUserMs = 100;

// What a thread runs, as far as telling one program from another needs.
struct RunningProgram {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool is_gone = false;  // the thread, or what it runs can not be seen

  friend bool operator==(const RunningProgram&, const RunningProgram&) = default;
};
RunningProgram ReadRunningProgram(pid_t tid);

struct ExecProgress {
  RunningProgram program;
  bool is_elsewhere = false;       // waits in another call than an execve, or in none
  std::optional<int64_t> user_ms;  // in user mode, since the thread began
  // When it began, by CLOCK_BOOTTIME, rounded down to the clock's tick: a number that was given to
  // another thread is told by it.
  std::optional<int64_t> began_ns;
};
ExecProgress ReadExecProgress(pid_t tid);

// What of /proc/TID/stat is asked for; what is not there, or can not be, is absent.
struct ThreadTimes {
  std::optional<int64_t> user_ms;
  std::optional<int64_t> began_ns;
  char state = '\0';  // 'S' waits, 'R' runs or is ready to, 'D' waits and can not be interrupted
};
ThreadTimes ParseThreadTimes(std::string_view stat);

}  // namespace portcullis::enforcement
