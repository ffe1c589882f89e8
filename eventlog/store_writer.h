// SPDX-License-Identifier: Apache-2.0
// Writes batches into an open store.
//
// Limits, Errors: event_store.h.
// Lifetime: statements of a database, which outlives it; not moved.
// Threads: for one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>

#include "base/result.h"
#include "eventlog/event_store.h"
#include "eventlog/sqlite.h"
#include "eventlog/store_index.h"
#include "eventlog/store_log.h"
#include "eventlog/store_shared_rows.h"
#include "eventlog/store_trimmer.h"

namespace portcullis::eventlog {

class StoreWriter {
 public:
  // Of a database that CheckStore found in order; smaller limits than it had take effect now.
  static Result<std::unique_ptr<StoreWriter>> Open(const Database& database, StoreLimits limits);

  using Repeat = EventStore::Repeat;
  using Written = EventStore::Written;
  Result<Written> Write(std::span<const Event> events, std::span<const Repeat> repeats);

 private:
  StoreWriter(const Database& database, uint64_t log_bytes, std::chrono::hours max_age);

  Result<void> Prepare(uint64_t file_bytes);
  Result<void> ShrinkTo(int64_t file_pages);
  Result<Written> WriteInTransaction(std::span<const Event> events, std::span<const Repeat> repeats,
                                     uint64_t bytes);
  Result<void> Append(const Event& event, uint64_t sequence);
  Result<void> InsertEvent(const Event& event, uint64_t sequence, const SharedIds& ids);
  Result<bool> Count(const Repeat& repeat);

  Result<uint64_t> NextSequence();
  // The block that a new event's entry goes into.
  Result<IndexBlock*> TailBlock(uint64_t sequence);
  // Null where the event has gone.
  Result<IndexBlock*> BlockOf(uint64_t sequence);
  // The last block that begins at `sequence` or before; null where there is none.
  Result<IndexBlock*> LoadBlock(uint64_t sequence);
  Result<void> WriteBlocks();
  int64_t OldestTime() const;

  const Database& database_;
  StoreLog log_;
  const std::chrono::hours max_age_;
  std::optional<StoreTrimmer> trimmer_;
  std::optional<SharedRows> shared_;
  Statement insert_event_, count_event_, next_sequence_, set_next_sequence_, load_block_,
      replace_block_;
  uint64_t expected_next_ = 0;
  // Those that this transaction changed, by their first event.
  std::map<uint64_t, IndexBlock> blocks_;
};

}  // namespace portcullis::eventlog
