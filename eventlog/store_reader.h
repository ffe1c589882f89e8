// SPDX-License-Identifier: Apache-2.0
// Answers questions from an open store.
//
// Shape:   the index says which events may be asked for (store_index.h); each of those is read and
//          compared.
// Errors:  kMalformed: a value in the file can not be. Whoever wrote the file is not believed.
// Lifetime: statements of a database, which outlives it.
// Threads: for one thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "eventlog/event_store.h"
#include "eventlog/sqlite.h"
#include "eventlog/store_event_reader.h"
#include "eventlog/store_index.h"

namespace portcullis::eventlog {

class StoreReader {
 public:
  static Result<StoreReader> Prepare(const Database& database);

  // In a transaction of its own.
  Result<std::vector<Event>> Read(const EventFilter& filter);

 private:
  struct Question;

  Result<std::vector<Event>> Answer(const EventFilter& filter);
  // Of the user asked for, in order.
  Result<std::vector<uint32_t>> AccountsOf(const std::string& user);
  // Reads the block's events that are asked for; false when there are enough.
  Result<bool> ReadBlock(const IndexEntries& block, const Question& question,
                         std::vector<Event>& events);
  Result<bool> ReadEvent(uint64_t sequence, const Question& question, std::vector<Event>& events);

  const Database* database_ = nullptr;
  Statement oldest_first_, newest_first_, accounts_;
  StoreEventReader event_reader_;
};

}  // namespace portcullis::eventlog
