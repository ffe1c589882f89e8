// SPDX-License-Identifier: Apache-2.0
// Tells a process that stands still from one that is slow because the machine is.
//
// Shape:   the watcher looks at the other's heartbeat once a tick. The other is taken for stopped
// when
//          the beat was the same for kTicksUntilStopped ticks *of the watcher*: where both starve,
//          the watcher's own ticks come late too, and nobody is killed for it.
// Units:   CLOCK_MONOTONIC in nanoseconds; a beat that lies in the future announces a pause till
// then. Threads: for one thread.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace portcullis::enforcement {

inline constexpr unsigned kTicksABudget = 10;
inline constexpr unsigned kTicksUntilStopped = kTicksABudget / 2;

class HeartbeatWatch {
 public:
  // Once a tick. Returns for how many ticks in a row `beat` has been the same.
  unsigned Look(int64_t beat, int64_t now) {
    unchanged_ = beat == last_ && beat <= now ? unchanged_ + 1 : 0;
    last_ = beat;
    return unchanged_;
  }
  void Restart() { unchanged_ = 0; }

 private:
  int64_t last_ = -1;
  unsigned unchanged_ = 0;
};

}  // namespace portcullis::enforcement
