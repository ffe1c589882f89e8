// SPDX-License-Identifier: Apache-2.0
// Files that were opened lately, so that work is done only for those that are opened again.
//
// Limits:  the last kMaxRecentFiles.
// Threads: thread-safe.
#pragma once

#include <mutex>

#include "enforcement/file_key.h"
#include "enforcement/lru_map.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxRecentFiles = 1 << 12;

class RecentFiles {
 public:
  // Whether this state of the file was seen before; from now on it was.
  bool SeenBefore(const FileKey& file) {
    const std::lock_guard lock(mutex_);
    if (files_.Find(file) != nullptr) return true;
    files_.Put(file, true);
    return false;
  }

 private:
  std::mutex mutex_;
  LruMap<FileKey, bool> files_{{kMaxRecentFiles}};
};

}  // namespace portcullis::enforcement
