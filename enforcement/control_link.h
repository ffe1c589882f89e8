// SPDX-License-Identifier: Apache-2.0
// What the control process and its supervisor say to each other, and the supervisor's notes of it.
//
// Shape:   the control process numbers the reloads it asks for; an outcome is that of every number
//          up to its own. Both are one packet: a byte that says which, numbers in little-endian
//          order, text.
// Limits:  kMaxOutcomeText; more is cut. kMaxAskers with tickets of their own; more wait for the
//          last one's.
// Errors:  kMalformed. What the control process says is hostile input to the supervisor.
// Lifetime: the desk is made before the first fork; a forked supervisor clears the copy it finds.
// Threads: for the supervisor's thread.
// Source:  docs/control.md "Reload".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "enforcement/child_process.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxOutcomeText = 4000;
inline constexpr size_t kMaxAskers = 64;

struct ReloadOutcome {
  uint64_t number = 0;      // of the last request that it is the outcome of
  uint64_t generation = 0;  // in force now
  bool is_done = false;     // else it was refused
  std::string why;          // then

  friend bool operator==(const ReloadOutcome&, const ReloadOutcome&) = default;
};

std::string EncodeReloadRequest(uint64_t number);
Result<uint64_t> DecodeReloadRequest(Bytes packet);
std::string EncodeOutcome(const ReloadOutcome& outcome);
Result<ReloadOutcome> DecodeOutcome(Bytes packet);

// The supervisor's notes of what the control process asked for.
class ControlDesk {
 public:
  // `pulse`: which of the children it is.
  explicit ControlDesk(const ChildPulse* pulse) : pulse_(pulse) {}
  const ChildPulse* pulse() const { return pulse_; }

  void Hear(Bytes packet);
  // That it is gone: its numbers mean nothing to the next.
  void Clear();
  // Something was asked for that has no ticket yet.
  bool is_asked() const { return asked_ > ticketed_; }
  void Ticket(uint64_t ticket);
  // The last number of those whose tickets are at most `ticket`, which are forgotten; 0: none.
  uint64_t TakeUpTo(uint64_t ticket);

 private:
  struct Asker {
    uint64_t number = 0;
    uint64_t ticket = 0;
  };
  const ChildPulse* pulse_;
  uint64_t asked_ = 0;
  uint64_t ticketed_ = 0;
  std::vector<Asker> askers_;
};

}  // namespace portcullis::enforcement
