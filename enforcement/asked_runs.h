// SPDX-License-Identifier: Apache-2.0
// Tells the runs that the kernel asked about from those that it only told of.
//
// Where every run is to be recorded a second group is told of each, so that those are seen too
// about which the kernel was told not to ask. Most runs then arrive twice: first as the question,
// which is judged, then as the news, which is not to be recorded again.
//
// Limits:  kMaxAskedRuns at a time, the oldest forgotten first (and recorded twice); an answer that
//          no news followed, a denial say, is forgotten after `patience`.
// Threads: one: the gate's reader.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "enforcement/file_key.h"
#include "enforcement/lru_map.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxAskedRuns = 1 << 13;

class AskedRuns {
 public:
  explicit AskedRuns(int64_t patience_ns) : patience_ns_(patience_ns), runs_({kMaxAskedRuns}) {}

  void Asked(pid_t tid, const FileKey& file, int64_t now_ns);
  // Whether this is the news of a run that was asked about; true once.
  bool TakeNews(pid_t tid, const FileKey& file, int64_t now_ns);

 private:
  struct Run {
    pid_t tid;
    uint64_t device, inode;  // the same file while it is being run, whatever is written to it
    friend bool operator==(const Run&, const Run&) = default;
  };
  struct Hash {
    size_t operator()(const Run& run) const noexcept;
  };
  int64_t patience_ns_;
  LruMap<Run, int64_t, Hash> runs_;
};

}  // namespace portcullis::enforcement
