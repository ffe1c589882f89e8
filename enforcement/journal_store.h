// SPDX-License-Identifier: Apache-2.0
// The journal's way into the store: folds repeats, gathers batches, keeps what can not be written
// yet, and counts what it can not keep.
//
// Shape:   Add, then Write when IsDue. What is lost anywhere (JournalCounters::lost) becomes an
// event
//          of its own once the store takes something. The store's own news (set aside, trimmed) are
//          events too.
// Limits:  a batch is due after kBatchPeriod or with kMaxBatch events; kMaxKept wait while the
// store
//          fails, which is tried again after kFirstRetry, ever later up to kMaxRetry. Trimming is
//          told every kTrimNews at most; without an event for kIdleTrim what is too old goes all
//          the same.
// Errors:  none: what failed is said once, and again when it works.
// Threads: for one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "enforcement/journal_link.h"
#include "eventlog/event_folding.h"
#include "eventlog/event_store.h"

namespace portcullis::enforcement {

inline constexpr int64_t kBatchPeriodNs = 200'000'000;
inline constexpr size_t kMaxBatch = 512;
inline constexpr size_t kMaxKept = 8192;
inline constexpr int64_t kFirstRetryNs = 500'000'000;
inline constexpr int64_t kMaxRetryNs = 5'000'000'000;
inline constexpr int64_t kTrimNewsNs = 600'000'000'000;
inline constexpr int64_t kIdleTrimNs = 600'000'000'000;

class JournalStore {
 public:
  using EventPointer = std::shared_ptr<const eventlog::Event>;

  JournalStore(std::string path, eventlog::StoreLimits limits, JournalCounters& counters);

  // Returns the request id that the event log has for it: of a repeat, the first one's.
  std::string Add(eventlog::Event event, int64_t now_ns);
  bool IsDue(int64_t now_ns) const;
  bool is_empty() const { return pending_.empty() && repeats_.empty(); }
  // What is to be handed to the sinks, numbered where it was stored. While the store fails it comes
  // without a number.
  std::vector<EventPointer> Write(int64_t now_ns);
  // Made with the store; empty before it could be opened.
  std::string stream() const { return store_ ? store_->stream() : ""; }

 private:
  Result<void> Open();
  void AddOwn(eventlog::EventId id, std::string text, int64_t now_ns);
  void Keep(eventlog::Event event, int64_t now_ns);
  void Repeat(const eventlog::EventFolding::First& first, const eventlog::Event& event,
              int64_t now_ns);
  void TakeNews(int64_t now_ns);
  void TellSetAside(int64_t now_ns);
  size_t BatchSize() const;
  std::vector<eventlog::EventStore::Repeat> Repeats() const;
  void Stored(size_t count, int64_t now_ns);
  void Told();
  void Failed(const Error& error, int64_t now_ns);
  void TrimWhileIdle(int64_t now_ns);
  void TellTrimmed(uint64_t count, int64_t now_ns);
  void ForgetStore();
  void Feed(size_t count, std::vector<EventPointer>& fresh);
  void Count();

  const std::string path_;
  const eventlog::StoreLimits limits_;
  JournalCounters& counters_;
  std::optional<eventlog::EventStore> store_;
  eventlog::EventFolding folding_;

  std::vector<eventlog::Event> pending_;             // firsts
  std::unordered_map<std::string, size_t> waiting_;  // request id of a first to its place there
  size_t fed_ = 0;                                   // of them, from the front
  std::map<uint64_t, eventlog::EventStore::Repeat> repeats_;  // by number of the first
  uint64_t in_hand_ = 0;                                      // what these count, all together
  std::deque<uint64_t> told_;  // the losses that the pending events of kRecordsLost tell
  uint64_t telling_ = 0;       // their sum
  int64_t oldest_ns_ = 0;      // when the first of these came
  int64_t retry_ns_ = 0;       // how long after a failure; 0: it works
  int64_t not_before_ns_ = 0;
  int64_t written_ns_ = 0;
  uint64_t trimmed_ = 0;  // not yet told
  int64_t trim_news_ns_ = 0;
};

}  // namespace portcullis::enforcement
