// SPDX-License-Identifier: Apache-2.0
// Keeps the write-ahead log within its bytes.
//
// Shape:   the log is carried over into the file when it is half full; SQLite begins it anew with
//          the next transaction, unless a reader still needs it.
// Limits:  kMaxBatchBytes of events a transaction; kTransactionBytes of the log for one.
// Errors:  kIo: the log is full and a reader does not let go of it.
// Lifetime: hooks itself into the database, which outlives it; not moved.
// Threads: for one thread at a time.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "eventlog/sqlite.h"

namespace portcullis::eventlog {

inline constexpr uint64_t kTransactionBytes = 2 << 20;

class StoreLog {
 public:
  StoreLog(const Database& database, uint64_t most_bytes);
  StoreLog(const StoreLog&) = delete;
  StoreLog& operator=(const StoreLog&) = delete;
  ~StoreLog();

  // For one more transaction.
  Result<void> MakeRoom();
  // All of it into the file; the log is empty then.
  Result<void> Empty();

 private:
  uint64_t bytes() const;

  const Database& database_;
  const uint64_t most_bytes_;
  int frames_ = 0;
};

}  // namespace portcullis::eventlog
