// SPDX-License-Identifier: Apache-2.0
// The clocks that the service reads.
//
// Units:   nanoseconds: since some moment before the boot, since the boot (sleep counts), or since
//          1970-01-01 UTC.
// Threads: reentrant; no system call where the kernel offers its clocks in memory.
// Source:  clock_gettime(2).
#pragma once

#include <cstdint>
#include <ctime>

namespace portcullis {

inline int64_t ReadClockNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}
inline int64_t MonotonicNs() { return ReadClockNs(CLOCK_MONOTONIC); }
inline int64_t BoottimeNs() { return ReadClockNs(CLOCK_BOOTTIME); }
inline int64_t RealtimeNs() { return ReadClockNs(CLOCK_REALTIME); }

}  // namespace portcullis
