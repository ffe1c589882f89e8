// SPDX-License-Identifier: Apache-2.0
// Reads one event of an open store, with the rows that it shares with others.
//
// Errors:  kMalformed where the event, or what it refers to, is not there or can not be.
// Lifetime: statements of a database, which outlives it. Shared rows are remembered until Forget,
//          which ends the transaction's reading.
// Threads: for one thread at a time.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/result.h"
#include "eventlog/event.h"
#include "eventlog/sqlite.h"

namespace portcullis::eventlog {

class StoreEventReader {
 public:
  static Result<StoreEventReader> Prepare(const Database& database);

  Result<Event> Read(uint64_t sequence);
  void Forget();

 private:
  Result<DecisionEvent> ReadDecision();
  Result<EventProcess> ReadProcess();

  Statement event_, rule_, file_, program_, account_;
  std::unordered_map<int64_t, EventRule> rules_;
  std::unordered_map<int64_t, EventFile> files_;
  std::unordered_map<int64_t, std::string> programs_;
  std::unordered_map<int64_t, EventProcess> accounts_;
};

}  // namespace portcullis::eventlog
