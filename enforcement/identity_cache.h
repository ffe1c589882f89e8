// SPDX-License-Identifier: Apache-2.0
// What the inspectors found out, by the state of the file that they looked at.
//
// Shape:   FileKey to KnownFile, which says whether a read lease held while it was looked at.
// Limits:  `capacity` files; the longest unused goes first. An identity is gone after its
//          `valid_until`, and never in where the file changed so lately that the next change might
//          not show.
// Threads: every member may be called from any thread; a KnownFile is immutable.
// Source:  docs/enforcement.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "enforcement/file_key.h"
#include "enforcement/lru_map.h"
#include "identity/file_identity.h"

namespace portcullis::enforcement {

// The clock tick of kernels whose change times are not precise, and some.
inline constexpr int64_t kUnsafeChangeAgeNs = 20'000'000;

struct KnownFile {
  uint64_t id = 0;  // of this entry, never used again: what verdicts are cached by
  // Absent: the file can not be identified (it breaks every inspector, say); asked once alone.
  std::optional<FileIdentity> identity;
  // Nobody but root can write the bytes; part of the key's state, since every change of owner,
  // mode or ACL changes the time of change.
  bool is_root_only = false;
  // A read lease held while it was looked at. Without one (nobody waited for an answer) it may
  // describe bytes that a writer changed since, and decides nothing.
  bool was_leased = false;
};

class IdentityCache {
 public:
  IdentityCache(size_t capacity, bool change_time_is_precise)
      : change_time_is_precise_(change_time_is_precise), files_(capacity) {}

  // `now_ns` is CLOCK_REALTIME.
  std::shared_ptr<const KnownFile> Find(const FileKey& key, int64_t now_ns);
  // The entry, whether or not it was worth keeping.
  std::shared_ptr<const KnownFile> Put(const FileKey& key, KnownFile file, int64_t now_ns);
  void Clear();
  size_t size() const;

 private:
  const bool change_time_is_precise_;
  std::atomic<uint64_t> next_id_{1};
  mutable std::mutex mutex_;
  LruMap<FileKey, std::shared_ptr<const KnownFile>> files_;
};

}  // namespace portcullis::enforcement
