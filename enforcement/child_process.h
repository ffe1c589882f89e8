// SPDX-License-Identifier: Apache-2.0
// A child of the supervisor that works for the service and that nobody waits for: the journal, the
// control process.
//
// Shape:   a ChildKind says what such a child is; a ChildProcess is the supervisor's side of it:
//          forks it, hears it, kills it where its heart stands still, starts another when it is
//          gone. Supervisor and child have a SOCK_SEQPACKET pair between them, whose end tells the
//          child to end; packets that begin with a 0 are the child's last words.
// Limits:  kChildPatience without a beat; another is started after kFirstChildBackOff, doubled up
// to
//          kMaxChildBackOff, and anew after one that lived kChildWasWell.
// Errors:  told in ServiceEvents; none holds gate or supervisor up.
// Lifetime: kinds are made before the first fork and never changed: a forked successor of the
//          supervisor finds them in its memory. The dead supervisor's child sees its link end and
//          ends; the successor awaits that, kills it after kFormerChildPatience, and starts its
//          own.
// Threads: for the supervisor's thread.
// Source:  docs/enforcement.md "Processes".
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/child_sandbox.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {

struct Service;

inline constexpr std::chrono::milliseconds kChildPatience{10'000};
inline constexpr std::chrono::milliseconds kFirstChildBackOff{100};
inline constexpr std::chrono::milliseconds kMaxChildBackOff{5000};
inline constexpr std::chrono::milliseconds kChildWasWell{10'000};
inline constexpr std::chrono::milliseconds kFormerChildPatience{2000};
inline constexpr size_t kMaxChildPacket = 64 << 10;

// The page that supervisor, gate and this one child share. What the child writes there is taken for
// no more than it is.
struct ChildPulse {
  std::atomic<int64_t> beat_ns{0};  // CLOCK_MONOTONIC; the child sets it every second or more often
  std::atomic<pid_t> pid{0};        // the supervisor's note of it, for a successor; 0: none lives
  std::atomic<uint64_t> start_time{0};
  std::atomic<uint32_t> starts{0};
};

// What the child's side is handed.
struct ChildSelf {
  UniqueFd link;  // non-blocking; readable: an order, or the end
  ChildPulse* pulse = nullptr;

  void Beat() const;
};

struct ChildKind {
  std::string name;       // as ps shows it: at most 15 bytes
  std::vector<int> kept;  // descriptors it has beside its link, and /dev/null as 0, 1 and 2
  ChildSandbox sandbox;
  ChildPulse* pulse = nullptr;          // MapShared; its own
  std::vector<const void*> kept_pages;  // of Service::SharedPages, beside its pulse
  std::chrono::milliseconds patience = kChildPatience;
  // The child's body, in its sandbox. Returns its exit status.
  std::function<int(ChildSelf)> run;
  // The rest is called in the supervisor, and may be empty: what the child said; that a child is
  // gone, with what it had in hand, before another is started.
  std::function<void(const Packet&)> heard;
  std::function<void()> ended;
};

class ChildProcess {
 public:
  ChildProcess(const Service& service, const ChildKind& kind);

  // Once a tick. `may_fork`: the calling process has one thread, or those it has lock nothing.
  void Tick(int64_t now, bool may_fork);
  // To be polled, -1 where there is none: readable when it is gone, or has said something.
  int pidfd() const { return pidfd_.get(); }
  int link() const { return link_.get(); }
  void Hear();
  void Ended();

  // Never blocks. False: the child is not there, or does not listen.
  bool Tell(Bytes packet) const;

  // At the service's end.
  void TellToEnd();
  void Kill(std::string_view why);
  bool lives() const { return pidfd_.valid(); }

 private:
  void TakeOver();
  void Start(int64_t now);
  void BackOff(int64_t now);
  [[noreturn]] void RunChild(UniqueFd link) const;

  const Service& service_;
  const ChildKind& kind_;
  UniqueFd pidfd_, link_;
  int64_t started_ns_ = 0;
  int64_t next_start_ns_ = 0;
  int64_t killed_ns_ = 0;
  int64_t back_off_ns_ = 0;
  bool is_former_ = false;  // a dead supervisor's
  bool ends_ = false;
};

// All of them, at the service's end: told, awaited for `patience` together, then killed.
void EndChildren(std::vector<ChildProcess>& children, std::chrono::milliseconds patience);

}  // namespace portcullis::enforcement
