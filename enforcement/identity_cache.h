// SPDX-License-Identifier: Apache-2.0
// What the inspectors found out, by the state of the file that they looked at.
//
// Shape:   the state's key to KnownFile. Find gives what covers the event alone
//          (identity_evidence.h); the rest is kept for its number: a finding that is made again
//          keeps it, and with it the verdicts and what was recorded of them.
// Limits:  those given, in files and in bytes; the longest unused goes first. Of an identity only
//          what rules can ask for is kept. It is gone after its `valid_until`.
// Threads: every member may be called from any thread; a KnownFile is immutable.
// Source:  docs/enforcement.md.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "enforcement/file_key.h"
#include "enforcement/identity_evidence.h"
#include "enforcement/lru_map.h"
#include "identity/file_identity.h"

namespace portcullis::enforcement {

struct KnownFile {
  uint64_t id = 0;  // of the finding, never another's: what verdicts are cached by; 0: not cached
  // Every attribute is unknown where the file can not be identified (it breaks every inspector,
  // say).
  FileIdentity identity;
  // Absent: nobody looked, and so nothing can be out of date.
  std::optional<IdentityEvidence> evidence;
};

class IdentityCache {
 public:
  explicit IdentityCache(LruLimits limits) : files_(limits) {}

  // `now_s` is CLOCK_REALTIME.
  std::shared_ptr<const KnownFile> Find(const IdentityEvidence& wanted, UnixTime now_s);
  // The entry, whether or not it will be found.
  std::shared_ptr<const KnownFile> Put(const IdentityEvidence& evidence, FileIdentity identity);
  void Clear();
  size_t size() const;
  size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  uint64_t last_id_ = 0;
  LruMap<FileKey, std::shared_ptr<const KnownFile>> files_;
};

}  // namespace portcullis::enforcement
