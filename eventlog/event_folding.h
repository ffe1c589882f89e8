// SPDX-License-Identifier: Apache-2.0
// Repeats are counted, not repeated.
//
// Shape:   a decision, or an unresolved user, that differs from one of the last `window` in nothing
//          but its time, process and thread number, parent, command line and request id adds to
//          that one's count. The first is stored at once; what it was told (its request id) stands
//          for the repeats. The window begins with the first: what goes on happening is stored
//          anew after it. Other events about the service are never repeats.
// Limits:  kMaxFolded events are remembered, 64 bytes each; the one longest unseen goes first.
// Errors:  none. What is compared is a keyed hash of 128 bits: nobody can make an event that counts
//          as the repeat of another.
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
  explicit EventFolding(std::chrono::seconds window = std::chrono::minutes(15),
                        size_t most = kMaxFolded);
  EventFolding(EventFolding&&) noexcept;
  EventFolding& operator=(EventFolding&&) noexcept;
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
  // The store was begun anew: its numbers are another's.
  void ForgetAll();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::eventlog
