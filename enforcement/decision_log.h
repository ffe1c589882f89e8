// SPDX-License-Identifier: Apache-2.0
// Records on their way out: a bounded queue that the verdict never waits for, and the thread behind
// it.
//
// Shape:   Push from any thread; a sink gets each record on the log's own thread, in order. Allowed
//          runs of a file (path and content) that was recorded under this policy by the same
//          collection are left out, unless all are wanted.
// Limits:  `capacity` records; what finds the queue full is dropped and counted, and the count
//          reaches the sink behind the records before it. kMaxRemembered files are known as
//          recorded; beyond that all are forgotten, and recorded once more.
// Lifetime: the destructor hands over what is queued, then ends the thread. Its maker must not fork
//          before that and go on in the child: threads do not survive a fork.
// Threads: Push, Lose and Note are thread-safe and do no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "enforcement/decision_record.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxRemembered = 1 << 16;

enum class RecordAllowed : uint8_t { kOnce, kEvery, kNone };

class DecisionLog {
 public:
  struct Sink {
    std::function<void(const DecisionRecord&)> record;
    std::function<void(uint64_t dropped)> lost;
    std::function<void(const std::string&)> note = {};  // none: notes are dropped
  };
  DecisionLog(Sink sink, RecordAllowed allowed, size_t capacity = 8192);
  ~DecisionLog();
  DecisionLog(const DecisionLog&) = delete;
  DecisionLog& operator=(const DecisionLog&) = delete;

  void Push(DecisionRecord record);
  // Counts `count` more as dropped, which never became records.
  void Lose(uint64_t count);
  // A sentence about the records as a whole; one at a time, a later one replaces it.
  void Note(std::string text);
  uint64_t dropped() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::enforcement
