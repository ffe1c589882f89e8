// SPDX-License-Identifier: Apache-2.0
// Repeats are counted, not repeated.
//
// Shape:   an event that differs from one within `window` in nothing but its time, process number,
// parent, command line and
//          request id adds to that one's count. The first is stored at once; what it was told (its
//          request id) stands for the repeats.
// Limits:  kMaxFolded events are remembered; the one longest unseen goes first.
// Threads: for one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "eventlog/event.h"

namespace portcullis::eventlog {

inline constexpr size_t kMaxFolded = 1 << 16;

class EventFolding {
 public:
  explicit EventFolding(std::chrono::seconds window = std::chrono::minutes(15));
  ~EventFolding();

  struct First {
    uint64_t sequence = 0;  // 0: not stored yet
    std::string request_id;
  };
  // The event that this one repeats; none: it is a first, and remembered as one.
  std::optional<First> Fold(const Event& event);
  // The store numbered this first one.
  void Stored(const Event& event, uint64_t sequence);
  // It could not be stored: its repeats are firsts again.
  void Forget(const Event& event);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::eventlog
