// SPDX-License-Identifier: Apache-2.0
// What a gate counts of its own while it runs.
//
// Threads: any thread counts; what Read gives is of about the same moment.
#pragma once

#include <atomic>
#include <cstdint>

#include "enforcement/gate.h"

namespace portcullis::enforcement {

struct GateCounts {
  std::atomic<uint64_t> questions{0};
  std::atomic<uint64_t> for_anyone{0};
  std::atomic<uint64_t> notifications{0};
  std::atomic<uint64_t> inspections{0};
  std::atomic<uint64_t> overflows{0};
  std::atomic<uint64_t> unopened{0};

  GateCounters Read(uint64_t reliefs) const {
    return {questions, for_anyone, notifications, inspections, overflows, unopened, reliefs};
  }
};

}  // namespace portcullis::enforcement
