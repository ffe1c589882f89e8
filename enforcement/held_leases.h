// SPDX-License-Identifier: Apache-2.0
// Leases that are kept until the exec they were taken for has landed.
//
// Shape:   the kernel asks before it shuts writers out (ETXTBSY), so an answered exec is still open
//          to a writer until its thread runs the file. A lease is held until that exec is over
//          (exec_progress.h), or its thread asks about another file. While no writer waits it may
//          take as long as it likes. Where one does, the kernel ends the lease by force after a
//          while: an exec that is not over shortly before that never lands, for its process is
//          killed.
// Limits:  HeldLeases::Limits; Hold says which is reached, and the exec is not allowed. A writer
//          waits SafeLeaseNs() at most.
// Lifetime: the destructor lets everything go.
// Threads: every member may be called from any thread. The thread that calls Serve is the one that
//          the kernel's signals go to; it returns after Stop. Hold looks at a few execs at most.
// Source:  docs/enforcement.md.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.h"
#include "enforcement/exec_progress.h"
#include "enforcement/file_key.h"
#include "enforcement/file_lease.h"

namespace portcullis::enforcement {

inline constexpr int64_t kLeaseSweepNs = 100'000'000;

// An exec that was, or is about to be, answered with allow.
struct ExecInFlight {
  // Called once, without a lock, when the exec is over; what owns the lease lives in it. Says
  // whether a writer waits for the lease.
  std::function<void(bool writer_waits)> let_go;
  const FileLease* lease = nullptr;  // lives as long as `let_go`
  int fd = -1;                       // the leased descriptor, as the kernel's signal names it
  pid_t tid = 0;
  UniqueFd process;        // the thread's process, by pidfd
  uint32_t principal = 0;  // who is charged
  FileKey file;
  RunningProgram before;  // when it asked
};

enum class Holding : uint8_t { kHeld, kUserIsFull, kFull };

class HeldLeases {
 public:
  struct Limits {
    size_t per_user = 0;  // of one principal
    size_t in_all = 0;
  };
  using Clock = std::function<int64_t()>;
  using ReadProgress = std::function<ExecProgress(pid_t)>;
  explicit HeldLeases(Limits limits, Clock monotonic_ns = {}, ReadProgress progress = {});
  HeldLeases(const HeldLeases&) = delete;
  HeldLeases& operator=(const HeldLeases&) = delete;

  ~HeldLeases();

  // Before the answer. Nothing is held where a limit is reached.
  Holding Hold(ExecInFlight exec);
  // The thread asks about a file, and waits: an earlier exec of another one is over.
  void ThreadAsks(pid_t tid, const FileKey& file);
  // Gives back what is over, and kills what takes too long. Of every lease, or of those a writer
  // waits for.
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
  struct Held;
  using HeldPtr = std::shared_ptr<Held>;
  using Batch = std::vector<HeldPtr>;
  bool IsOver(const Held& held, const ExecProgress& now) const;
  bool IsOverOrKilled(Held& held, int64_t now_ns) const;
  void MakeRoom(uint32_t principal);
  bool IsFull(uint32_t principal) const;
  Batch Choose(const std::function<bool(Held&)>& is_wanted);
  static std::vector<pollfd> LookWhoEnded(const Batch& held);
  void DropWhatIsOver(const Batch& looked_at);
  bool Remove(const HeldPtr& held);
  static void LetGo(const Batch& dropped);
  void ReadSignals(int signals, const std::function<void(int fd)>& on_break);
  bool AnyBreaking() const;

  const Limits limits_;
  const Clock monotonic_ns_;
  const ReadProgress progress_;
  std::mutex sweeping_;
  mutable std::mutex mutex_;
  std::map<uint64_t, HeldPtr> held_;  // the oldest first
  std::unordered_multimap<pid_t, HeldPtr> by_thread_;
  std::unordered_map<uint32_t, size_t> count_by_user_;
  uint64_t last_number_ = 0;
  std::atomic<pid_t> thread_{0};
  UniqueFd stop_;
};

}  // namespace portcullis::enforcement
