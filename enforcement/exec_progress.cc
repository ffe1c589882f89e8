// SPDX-License-Identifier: Apache-2.0
#include "enforcement/exec_progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "enforcement/blocked_syscall.h"
#include "enforcement/file_key.h"
#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

// Behind the name, which may hold anything: the state is the first field.
constexpr int kUserTimeField = 11;
constexpr int kStartTimeField = 19;
constexpr int64_t kMsPerSecond = 1000;
constexpr int64_t kNsPerSecond = 1'000'000'000;

bool IsElsewhere(std::string_view text) {
  const auto call = ParseBlockedSyscall(text);
  return call && *call && !MayBeExecve(**call);
}

bool IsInterruptible(char state) { return state == 'S' || state == 'T' || state == 't'; }

// `field` counts from 0.
std::optional<int64_t> ParseTicks(std::string_view fields, int field, int64_t units_per_second) {
  for (int i = 0; i < field; ++i) {
    const size_t blank = fields.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    fields.remove_prefix(blank + 1);
  }
  int64_t ticks = 0;
  const auto [stop, error] = std::from_chars(fields.data(), fields.data() + fields.size(), ticks);
  if (error != std::errc() || stop == fields.data() || ticks < 0) return std::nullopt;
  static const int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  const int64_t units = units_per_second / ticks_per_second;
  // A number that would not fit is none of the kernel's.
  if (ticks > INT64_MAX / units) return std::nullopt;
  return ticks * units;
}

}  // namespace

RunningProgram ReadRunningProgram(pid_t tid) {
  const auto status = ReadFileStatus(ThreadFilePath(tid, "exe").c_str());
  if (!status) return {0, 0, true};
  return {status->key.device, status->key.inode, false};
}

ExecProgress ReadExecProgress(pid_t tid) {
  ExecProgress now;
  // That of /proc/TID itself counts the other threads of the process as well.
  const auto stat = ReadThreadRecord(tid, fmt::format("task/{}/stat", tid).c_str(), kMaxStatBytes);
  if (!stat && stat.error().code == ErrorCode::kNotFound) {
    now.program.is_gone = true;
    return now;
  }
  const ThreadTimes times = stat ? ParseThreadTimes(*stat) : ThreadTimes{};
  now.user_ms = times.user_ms;
  now.began_ns = times.began_ns;
  // Then the call: what is seen of the program afterwards is no older. Not of a thread that can not
  // be interrupted: in its execve it may hold the very lock that the kernel reads the call under,
  // for as long as somebody else keeps its memory.
  if (IsInterruptible(times.state)) {
    const auto call = ReadThreadRecord(tid, "syscall", kMaxSyscallBytes);
    now.is_elsewhere = call && IsElsewhere(*call);
  }
  now.program = ReadRunningProgram(tid);
  return now;
}

ThreadTimes ParseThreadTimes(std::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return {};
  stat.remove_prefix(std::min(name_end + 2, stat.size()));
  return {ParseTicks(stat, kUserTimeField, kMsPerSecond),
          ParseTicks(stat, kStartTimeField, kNsPerSecond), stat.empty() ? '\0' : stat.front()};
}

}  // namespace portcullis::enforcement
