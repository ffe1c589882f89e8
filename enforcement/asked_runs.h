// SPDX-License-Identifier: Apache-2.0
// Runs that were asked about, of which the kernel has more to say.
//
// Where opens are judged the kernel asks twice about an exec: about the exec, then about the open
// that is part of it, which needs no second look. And where every run is to be recorded a second
// group is told of each, so that those are seen too about which the kernel was told not to ask: of
// a run that was asked about the news is not to be recorded again. Both follow at once, by the same
// thread, of the same file.
//
// Limits:  kMaxAskedRuns at a time, the oldest forgotten first; after `patience` what did not
// follow
//          is forgotten.
// Threads: thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>

#include "enforcement/file_key.h"
#include "enforcement/lru_map.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxAskedRuns = 1 << 13;

class AskedRuns {
 public:
  explicit AskedRuns(int64_t patience_ns) : patience_ns_(patience_ns), runs_({kMaxAskedRuns}) {}

  void Asked(pid_t tid, const FileKey& file, int64_t now_ns);
  // Whether this follows from a run that was asked about; true once.
  bool Take(pid_t tid, const FileKey& file, int64_t now_ns);

 private:
  struct Run {
    pid_t tid;
    uint64_t device, inode;  // the same file while it is being run, whatever is written to it
    friend bool operator==(const Run&, const Run&) = default;
  };
  struct Hash {
    size_t operator()(const Run& run) const noexcept;
  };
  std::mutex mutex_;
  const int64_t patience_ns_;
  LruMap<Run, int64_t, Hash> runs_;
};

}  // namespace portcullis::enforcement
