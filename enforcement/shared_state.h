// SPDX-License-Identifier: Apache-2.0
// The page of memory that supervisor and gate share: who lives, and how the gate is.
//
// Shape:   lock-free atomics in a shared anonymous mapping, made once before the first fork.
// Lifetime: the mapping lives in every process that was forked from its maker, but for inspectors:
//          who can write it can exempt any process and hold the watchdog off.
// Threads: every member may be read and written by any thread of both processes.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>

#include "base/result.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxOwnProcesses = 128;

struct SharedState {
  std::atomic<pid_t> supervisor{0};
  std::atomic<pid_t> gate{0};
  // CLOCK_MONOTONIC, set by the gate's deadline thread every tenth of the budget while its reader
  // and workers make progress.
  std::atomic<int64_t> heartbeat_ns{0};
  // The same of the supervisor, every tenth of the budget: the gate replaces one that stands still.
  std::atomic<int64_t> supervisor_heartbeat_ns{0};
  // The gate has loaded its policy and reads events.
  std::atomic<bool> gate_is_ready{false};
  // Who reads the permission group. Only one may at a time: an answer names an event by the number
  // its descriptor has in the reader's own table, and two readers' numbers are the same.
  std::atomic<bool> gate_reads{false};
  std::atomic<bool> supervisor_reads{false};
  // The supervisor may have read what it has not answered; if it dies, its successor answers that.
  std::atomic<bool> supervisor_holds{false};
  // Marks are in the permission group: somebody waits for answers.
  std::atomic<bool> enforcing{false};
  // There were marks in it once: an event may be in a process's hands, whatever is marked now.
  std::atomic<bool> has_asked{false};
  // Somebody asked for the service's end, and this is how long the gate has; 0: nobody.
  std::atomic<int64_t> stop_by_ns{0};
  std::atomic<uint64_t> generation{0};
  std::atomic<uint32_t> gate_restarts{0};
  std::atomic<uint32_t> supervisor_restarts{0};
  // Processes whose events are answered allow at once; 0 is a free place. Supervisor and gate, no
  // inspector: it opens and executes nothing, and the number of one that died might be another's.
  std::array<std::atomic<pid_t>, kMaxOwnProcesses> own_processes{};

  // The gate's reader calls it before its first read, and before the policies are loaded: marks may
  // be there from a gate that died, and loading opens files. Waits till the supervisor does not
  // read.
  void BeginToRead();
  // The supervisor, around what it reads and answers while the gate does not. False: the gate
  // reads.
  bool StandIn();
  void StandDown();

  bool IsOwn(pid_t pid) const;
  bool AddOwn(pid_t pid);
  void RemoveOwn(pid_t pid);

  // The gate, before it sets marks in the permission group, and after it has removed them.
  void BeginToAsk();
  void EndAsking();
};

// Zeroed memory that survives fork shared.
Result<void*> MapSharedMemory(size_t bytes);
// An object in it.
template <typename Object>
Result<Object*> MapShared() {
  return new (TRY(MapSharedMemory(sizeof(Object)))) Object;
}

inline Result<SharedState*> MapSharedState() { return MapShared<SharedState>(); }

// A part of it. Hide takes it from the calling process alone, which must not look at it any more;
// false: it may still be there.
struct SharedMemory {
  void* at = nullptr;
  size_t bytes = 0;
};
bool Hide(const SharedMemory& memory);

}  // namespace portcullis::enforcement
