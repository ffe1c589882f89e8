// SPDX-License-Identifier: Apache-2.0
// The gate's end of the way to the journal: records in, packets out.
//
// Shape:   Add makes an event of a record and puts it in line; a thread of its own packs what waits
//          and sends it, and waits for the journal where that must be. A user without an account is
//          told once, as an event of its own.
// Limits:  kMaxWaitingBytes wait; what comes then is counted as lost. kMaxToldUsers are remembered.
//          The destructor waits kLastWordsPatience for what is left, then counts it.
// Threads: Add, Note and Lose are for one thread, the log's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "enforcement/decision_record.h"
#include "enforcement/journal_link.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxWaitingBytes = 8 << 20;
inline constexpr size_t kMaxToldUsers = 4096;
inline constexpr std::chrono::milliseconds kLastWordsPatience{1000};

class JournalWriter {
 public:
  explicit JournalWriter(const JournalLink& link);
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  void Add(const DecisionRecord& record);
  void Note(const std::string& text);
  void Lose(uint64_t count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::enforcement
