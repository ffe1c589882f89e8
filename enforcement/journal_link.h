// SPDX-License-Identifier: Apache-2.0
// The way of events from gate and supervisor to the journal.
//
// Shape:   one SOCK_SEQPACKET pair and one page of counters, made before the first fork: every
// gate,
//          supervisor and journal of the service inherits them, so that what was sent outlives
//          whoever is killed. A packet holds events (event_codec.h), each behind its length.
// Units:   counters count decisions and service events alike.
// Limits:  kMaxJournalPacket bytes a packet; what the socket's buffer holds.
// Errors:  nobody waits: what finds no room is counted in `lost`, and the journal makes an event of
//          the count when it takes something again.
// Threads: the page's members from any thread of any process.
// Source:  docs/events.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "eventlog/event.h"
#include "eventlog/event_codec.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxJournalPacket = eventlog::kMaxEventBytes + 64;

struct JournalCounters {
  std::atomic<uint64_t> lost{0};     // not yet told in an event
  std::atomic<uint64_t> in_gate{0};  // on their way in the gate's memory
  std::atomic<uint64_t> in_hand{0};  // read by the journal, and not yet in the store
  // For whoever asks how the journal is.
  std::atomic<uint64_t> stored{0};
  std::atomic<uint64_t> lost_in_all{0};
  std::atomic<uint64_t> store_bytes{0};
  std::atomic<uint64_t> failed_writes{0};

  void Lose(uint64_t count);
  // Their process is gone.
  void GateEnded() { Lose(in_gate.exchange(0)); }
  void JournalEnded() { Lose(in_hand.exchange(0)); }
};

struct JournalLink {
  UniqueFd writer;  // both are non-blocking
  UniqueFd reader;
  JournalCounters* counters = nullptr;
};
Result<JournalLink> MakeJournalLink();

// Adds the event; false where the packet has no room for it.
bool AppendEvent(std::string& packet, const std::string& encoded);
// Those that can be read; `damaged` counts the others.
std::vector<eventlog::Event> EventsIn(std::span<const uint8_t> packet, uint64_t& damaged);

// At once or not at all, and then counted: for the supervisor.
void PostEvents(const JournalLink& link, const std::vector<eventlog::Event>& events);

}  // namespace portcullis::enforcement
