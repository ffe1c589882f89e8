// SPDX-License-Identifier: Apache-2.0
// The store: events in one SQLite file, bounded by age and bytes, and the questions asked of it.
//
// Shape:   one writer (the journal's process) and any number of readers, in other processes too
//          (the command opens it itself). Write-ahead log; one transaction a batch. What many
//          events share (file, rule, account, program) is stored once. Each event has a number from
//          1 without gaps.
// Limits:  StoreLimits, of which a sixteenth (at least 4 MiB) is the log's; kMaxBatchBytes a batch;
//          texts as event_limits.h cuts them; counts up to kMaxCount. A reader holds no transaction
//          for longer than a page of kMaxPage events, so that the log is cut in time.
// Errors:  kIo with SQLite's sentence. What can not be opened because it is corrupt, of a newer
//          version or no store is set aside under `NAME.YYYYMMDDThhmmssZ.bad` and a new one begun,
//          also when that is seen while writing: TakeSetAside says why. A write that fails (disk
//          full) leaves what is stored untouched; the batch is the caller's to keep or count. A
//          reader believes nothing in the file: kMalformed where a value can not be.
// Lifetime: holds the file open. A reader of a store that does not exist yet gets kNotFound.
// Threads: an object is for one thread at a time.
// Source:  docs/events.md; docs/decisions/0015-sqlite.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "eventlog/event.h"

namespace portcullis::eventlog {

inline constexpr const char* kDefaultStore = "/var/lib/portcullis/events/events.db";
inline constexpr size_t kMaxPage = 1000;
inline constexpr size_t kMaxBatchBytes = 1 << 20;  // some 2000 events
inline constexpr uint64_t kMinStoreBytes = 8 << 20;
inline constexpr uint64_t kMaxCount = uint64_t{1} << 62;

struct StoreLimits {
  uint64_t max_bytes = uint64_t{256} << 20;  // of the file and its log together
  std::chrono::hours max_age = std::chrono::hours(24 * 90);
};

// Everything that is set must hold.
struct EventFilter {
  // Something of it happened between these: an event that was counted lasts from its first to its
  // last time.
  std::optional<int64_t> since_ns = std::nullopt;
  std::optional<int64_t> until_ns = std::nullopt;
  std::vector<EventId> ids = {};  // empty: all
  std::string user = {};          // a SID, an account's name or a uid
  std::string path = {};          // exactly
  std::string request_id = {};
  uint64_t after_sequence = 0;
  uint64_t before_sequence = UINT64_MAX;
  size_t limit = kMaxPage;  // at most kMaxPage a call
  bool newest_first = false;
};

// What Write counts an event as.
size_t StoredBytes(const Event& event);

class EventStore {
 public:
  ~EventStore();
  EventStore(EventStore&&) noexcept;
  EventStore& operator=(EventStore&&) noexcept;

  // Makes the file (0600) and the last folder of its path (0700) where they are missing.
  static Result<EventStore> OpenForWriting(const std::string& path, StoreLimits limits);
  static Result<EventStore> OpenForReading(const std::string& path);

  // Why a former store was set aside, and where it is; said once.
  std::optional<std::string> TakeSetAside();
  // Made with the store.
  const std::string& stream() const;

  struct Repeat {
    uint64_t sequence = 0;
    uint64_t count = 0;  // more of it
    int64_t last_time_ns = 0;
  };
  struct Written {
    uint64_t first_sequence = 0;  // of `events`
    uint64_t trimmed = 0;         // oldest events that went
    uint64_t missed_repeats = 0;  // counts whose event has gone
  };
  // All or nothing, durable when it returns but for the last moments before a power failure. More
  // than kMaxBatchBytes are kLimitExceeded. Without events it only looks for what is too old.
  Result<Written> Write(std::span<const Event> events, std::span<const Repeat> repeats);

  // In the order of their numbers.
  Result<std::vector<Event>> Read(const EventFilter& filter) const;
  Result<uint64_t> LastSequence() const;
  // The file and its log.
  Result<uint64_t> Bytes() const;
  // Another file stands at the path, or none.
  bool WasReplaced() const;

 private:
  struct Impl;
  explicit EventStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::eventlog
