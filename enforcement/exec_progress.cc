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

// Behind the name, which may hold anything: the state is the first field, user time the twelfth.
constexpr int kFieldsBeforeUserTime = 11;
constexpr int64_t kMsPerSecond = 1000;

bool IsElsewhere(pid_t tid) {
  const auto text = ReadThreadRecord(tid, "syscall", kMaxSyscallBytes);
  if (!text) return false;
  const auto call = ParseBlockedSyscall(*text);
  return call && *call && !MayBeExecve(**call);
}

}  // namespace

RunningProgram ReadRunningProgram(pid_t tid) {
  const auto status = ReadFileStatus(ThreadFilePath(tid, "exe").c_str());
  if (!status) return {0, 0, true};
  return {status->key.device, status->key.inode, false};
}

ExecProgress ReadExecProgress(pid_t tid) {
  ExecProgress now;
  // The call first: what is seen of the program afterwards is no older.
  now.is_elsewhere = IsElsewhere(tid);
  // That of /proc/TID itself counts the other threads of the process as well.
  if (const auto stat =
          ReadThreadRecord(tid, fmt::format("task/{}/stat", tid).c_str(), kMaxStatBytes)) {
    now.user_ms = ParseUserMs(*stat);
  }
  now.program = ReadRunningProgram(tid);
  return now;
}

std::optional<int64_t> ParseUserMs(std::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(std::min(name_end + 2, stat.size()));
  for (int i = 0; i < kFieldsBeforeUserTime; ++i) {
    const size_t blank = stat.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(blank + 1);
  }
  int64_t ticks = 0;
  const auto [stop, error] = std::from_chars(stat.data(), stat.data() + stat.size(), ticks);
  if (error != std::errc() || stop == stat.data() || ticks < 0) return std::nullopt;
  static const int64_t per_second = sysconf(_SC_CLK_TCK);
  // No tick lasts a second: a number that would not fit is none of the kernel's.
  if (ticks > INT64_MAX / kMsPerSecond) return std::nullopt;
  return ticks * kMsPerSecond / per_second;
}

}  // namespace portcullis::enforcement
