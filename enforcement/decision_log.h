// SPDX-License-Identifier: Apache-2.0
// Records on their way out: a bounded queue that the verdict never waits for, and the thread behind
// it.
//
// Shape:   Push from any thread; a sink gets each record on the log's own thread, in order. Allowed
// runs
//          of a file that was recorded under this policy are left out, unless all are wanted.
// Limits:  `capacity` records; what finds the queue full is dropped and counted, and the count
// reaches
//          the sink as soon as there is room.
// Lifetime: the destructor hands over what is queued, then ends the thread.
// Threads: Push is thread-safe and does no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "enforcement/decision_record.h"

namespace portcullis::enforcement {

enum class RecordAllowed : uint8_t { kOnce, kEvery, kNone };

// One JSON object, without the line's end.
std::string ToJson(const DecisionRecord& record);

class DecisionLog {
 public:
  struct Sink {
    std::function<void(const DecisionRecord&)> record;
    std::function<void(uint64_t dropped)> lost;
  };
  DecisionLog(Sink sink, RecordAllowed allowed, size_t capacity = 8192);
  ~DecisionLog();
  DecisionLog(const DecisionLog&) = delete;
  DecisionLog& operator=(const DecisionLog&) = delete;

  void Push(DecisionRecord record);
  uint64_t dropped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::enforcement
