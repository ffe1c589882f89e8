// SPDX-License-Identifier: Apache-2.0
// Writes what many events share once: rules, files, programs and accounts.
//
// Shape:   a row that was written lately is known by its hash and referred to; any other is written
//          anew, also where the file already holds an equal one: no index of them has to be kept.
//          What is known is forgotten when an epoch ends, so that events refer to rows of their own
//          epoch alone and the rows of an epoch can go when its last event has gone.
// Limits:  kRememberedRows of each kind; an epoch ends after kEpochEvents events, or when its rows
//          are larger than asked.
// Errors:  those of the database.
// Lifetime: statements of a database, which outlives it.
// Threads: for one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "eventlog/event.h"
#include "eventlog/keyed_hash.h"
#include "eventlog/recent_hashes.h"
#include "eventlog/sqlite.h"

namespace portcullis::eventlog {

inline constexpr size_t kRememberedRows = 1 << 15;
inline constexpr uint64_t kEpochEvents = 1 << 17;

inline constexpr size_t kSharedTables = 4;
inline constexpr std::array<const char*, kSharedTables> kSharedTableNames = {"rule", "file",
                                                                             "program", "account"};

// What one event refers to.
struct SharedIds {
  std::optional<int64_t> rule;
  int64_t file = 0;
  int64_t program = 0;
  int64_t account = 0;
};

class SharedRows {
 public:
  // `epoch_bytes`: when the rows of an epoch are larger, the next one begins.
  static Result<SharedRows> Prepare(const Database& database, uint64_t epoch_bytes);

  // Before the first Write of a transaction; `sequence` is the next event's number.
  Result<void> BeginTransaction(uint64_t sequence);
  Result<SharedIds> Write(const DecisionEvent& decision);
  // The transaction was undone: what was written is not there.
  void Forget() { epoch_.reset(); }

 private:
  struct Table {
    Statement insert;
    Statement last_id;
    RecentHashes<int64_t> known{kRememberedRows};
    int64_t next_id = 1;
  };
  enum : size_t { kRule, kFile, kProgram, kAccount };

  Result<void> BeginEpoch(uint64_t sequence);
  // The known row of this hash, else the one that `write` binds to the statement.
  template <typename Bind>
  Result<int64_t> IdOf(size_t table, const Hash128& hash, Bind bind);

  HashKey key_ = RandomHashKey();
  std::array<Table, kSharedTables> tables_;
  Statement insert_epoch_;
  std::optional<uint64_t> epoch_;  // its first event
  uint64_t epoch_bytes_ = 0;       // written in it
  uint64_t most_epoch_bytes_ = 0;
};

}  // namespace portcullis::eventlog
