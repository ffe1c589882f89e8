// SPDX-License-Identifier: Apache-2.0
#include "enforcement/asked_runs.h"

#include <functional>

namespace portcullis::enforcement {

size_t AskedRuns::Hash::operator()(const Run& run) const noexcept {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
  const uint64_t mixed = (run.inode ^ run.device << 32) * kOdd ^ static_cast<uint64_t>(run.tid);
  return std::hash<uint64_t>()(mixed * kOdd);
}

void AskedRuns::Asked(pid_t tid, const FileKey& file, int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  runs_.Put({tid, file.device, file.inode}, now_ns);
}

bool AskedRuns::Take(pid_t tid, const FileKey& file, int64_t now_ns) {
  const Run run{tid, file.device, file.inode};
  const std::lock_guard lock(mutex_);
  const int64_t* const asked_ns = runs_.Find(run);
  if (asked_ns == nullptr) return false;
  const bool is_in_time = now_ns - *asked_ns <= patience_ns_;
  runs_.Erase(run);
  return is_in_time;
}

}  // namespace portcullis::enforcement
