// SPDX-License-Identifier: Apache-2.0
// The oldest events go, for age or to make room.
//
// Units:   events go by blocks of the index.
// Limits:  kMaxTrimSteps blocks, or kTrimmedRows shared rows each, a call.
// Errors:  those of the database; kIo when there is still no room.
// Lifetime: statements of a database, which outlives it.
// Threads: for one thread at a time, inside a transaction of the caller's.
#pragma once

#include <array>
#include <cstdint>

#include "base/result.h"
#include "eventlog/sqlite.h"
#include "eventlog/store_shared_rows.h"

namespace portcullis::eventlog {

inline constexpr int kMaxTrimSteps = 512;
inline constexpr int64_t kTrimmedRows = 256;

class StoreTrimmer {
 public:
  // The database is to have at most `file_pages` pages.
  static Result<StoreTrimmer> Prepare(const Database& database, int64_t file_pages);

  // Until `needed` bytes have room and no block is all older than `oldest_ns`. How many events
  // went.
  Result<uint64_t> Trim(uint64_t needed_bytes, int64_t oldest_ns);

  struct Step {
    bool enough = false;
    uint64_t trimmed = 0;
  };
  // At most `most` steps of that.
  Result<Step> TrimSome(uint64_t needed_bytes, int64_t oldest_ns, int most);

 private:
  struct Block {
    int64_t first = 0;
    int64_t latest_ns = 0;
  };

  Result<int64_t> FreePages();
  Result<std::optional<Block>> OldestBlock();
  Result<uint64_t> DeleteBlock(int64_t first);
  // Shared rows that no event refers to any more; how many.
  Result<uint64_t> DeleteDeadRows();

  const Database* database_ = nullptr;
  int64_t file_pages_ = 0;
  Statement page_count_, free_count_, oldest_block_, delete_block_, delete_events_, live_epoch_,
      delete_epochs_;
  std::array<Statement, kSharedTables> delete_rows_;
};

}  // namespace portcullis::eventlog
