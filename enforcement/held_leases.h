// SPDX-License-Identifier: Apache-2.0
// Leases that are kept until the exec they were taken for has landed.
//
// Shape:   the kernel asks before it shuts writers out (ETXTBSY), so an answered exec is still open
//          to a writer until its thread runs the file. Landed: the thread runs this file, or runs
//          another program than when it asked, or is gone, or asks about another file.
// Limits:  kMaxHeldNs each; `per_user` for one uid: Hold refuses more, and that user's exec is
//          denied.
// Lifetime: the destructor lets everything go.
// Threads: every member may be called from any thread. The thread that calls Serve is the one that
//          the kernel's signals go to; it returns after Stop.
// Source:  docs/enforcement.md; docs/limitations.md says what a second is.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/unique_fd.h"
#include "enforcement/file_key.h"
#include "enforcement/file_lease.h"

namespace portcullis::enforcement {

inline constexpr int64_t kMaxHeldNs = 1'000'000'000;
inline constexpr int64_t kLeaseSweepNs = 100'000'000;

// What a thread runs, as far as telling one program from another needs.
struct RunningProgram {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool is_gone = false;  // the thread, or what it runs can not be seen

  friend bool operator==(const RunningProgram&, const RunningProgram&) = default;
};
RunningProgram ReadRunningProgram(pid_t tid);

// An exec that was, or is about to be, answered with allow.
struct ExecInFlight {
  // Called once, without a lock, when the exec is over; what owns the lease lives in it. Says
  // whether a writer waits for the lease.
  std::function<void(bool writer_waits)> let_go;
  int fd = -1;  // the leased descriptor, as the kernel's signal names it
  pid_t tid = 0;
  uint32_t uid = 0;
  FileKey file;
  RunningProgram before;  // when it asked
};

class HeldLeases {
 public:
  using Clock = std::function<int64_t()>;
  using ReadProgram = std::function<RunningProgram(pid_t)>;
  explicit HeldLeases(size_t per_user, Clock monotonic_ns = {}, ReadProgram program = {});
  HeldLeases(const HeldLeases&) = delete;
  HeldLeases& operator=(const HeldLeases&) = delete;

  ~HeldLeases();

  // Before the answer. False, and nothing is held, when `uid` has too many in flight.
  bool Hold(ExecInFlight exec);
  // The thread asks about a file: an earlier exec of another one is over.
  void ThreadAsks(pid_t tid, const FileKey& file);
  // Gives back what has landed, or is too old. Of every lease, or of those a writer waits for.
  void Sweep();
  void SweepBreaking(int fd);
  size_t size() const;

  // Serves the kernel's signals and the clock until Stop. `on_break` hears of a descriptor whose
  // lease is not held here.
  void Serve(const std::function<void(int fd)>& on_break);
  void Stop();
  // The thread of Serve, for FileLease::Take; 0 before it runs.
  pid_t thread() const { return thread_.load(); }

 private:
  struct Held {
    ExecInFlight exec;
    int64_t since_ns = 0;
    bool is_breaking = false;
  };
  using List = std::list<Held>;
  static void LetGo(const List& dropped);
  bool IsOver(const Held& held, int64_t now_ns) const;
  List::iterator Drop(List::iterator held, List& dropped);
  void DropWhere(const std::function<bool(Held&)>& is_over);
  void ReadSignals(int signals, const std::function<void(int fd)>& on_break);
  bool AnyBreaking() const;

  const size_t per_user_;
  const Clock monotonic_ns_;
  const ReadProgram program_;
  mutable std::mutex mutex_;
  List held_;
  std::unordered_multimap<pid_t, List::iterator> by_thread_;
  std::unordered_map<uint32_t, size_t> count_by_user_;
  std::atomic<pid_t> thread_{0};
  UniqueFd stop_;
};

}  // namespace portcullis::enforcement
