// SPDX-License-Identifier: Apache-2.0
// Leases that are kept until the exec they were taken for has landed.
//
// Shape:   the kernel asks before it shuts writers out (ETXTBSY), so an answered exec is still open
//          to a writer until its thread runs the file. A lease is held until that exec is over
//          (exec_progress.h), or its thread asks about another file. While no writer waits it may
//          take as long as it likes. Where one does, the kernel ends the lease by force after a
//          while: an exec that is not over shortly before that never lands, for its process is
//          killed.
//          An exec of a file whose lease is held already may join: the lease is then held until
//          both are over. Nobody joins once a writer waits.
// Limits:  HeldLeases::Limits; Hold says which is reached, and the exec is not allowed. A writer
//          waits SafeLeaseNs() at most.
// Lifetime: the destructor lets everything go.
// Threads: every member may be called from any thread. The thread that calls Serve is the one that
//          the kernel's signals go to; it returns after Stop. Hold looks at a few execs at most,
//          Join at none.
// Source:  docs/enforcement.md.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "enforcement/exec_progress.h"
#include "enforcement/file_key.h"
#include "enforcement/file_lease.h"

namespace portcullis::enforcement {

inline constexpr int64_t kLeaseSweepNs = 100'000'000;

// An exec that was, or is about to be, answered with allow, and whose thread waits meanwhile.
struct ExecInFlight {
  // Called once, without a lock, when no exec needs the lease any more; what owns it lives in here.
  // Says whether a writer waits for it.
  std::function<void(bool writer_waits)> let_go;
  const FileLease* lease = nullptr;  // lives as long as `let_go`
  int fd = -1;                       // the leased descriptor, as the kernel's signal names it
  pid_t tid = 0;
  uint32_t principal = 0;  // who is charged
  FileKey file;
  // What the thread ran when it asked, where that was looked at: a script lands in its interpreter.
  std::optional<RunningProgram> before;
  bool looks_for_room = true;  // where its principal holds too many: whether those are over
};

enum class Holding : uint8_t { kHeld, kUserIsFull, kFull };

class HeldLeases {
 public:
  struct Limits {
    size_t per_user = 0;  // of one principal
    size_t in_all = 0;    // but for those that joined
    size_t joined = 0;
  };
  using Clock = std::function<int64_t()>;
  using ReadProgress = std::function<ExecProgress(pid_t)>;
  explicit HeldLeases(Limits limits, Clock monotonic_ns = {}, ReadProgress progress = {});
  HeldLeases(const HeldLeases&) = delete;
  HeldLeases& operator=(const HeldLeases&) = delete;

  ~HeldLeases();

  // Before the answer. Nothing is held where a limit is reached.
  Holding Hold(ExecInFlight exec);
  // Whether there may be a lease to join.
  bool Lends(const FileKey& file) const;
  // The same for one more exec of a file, which needs no lease of its own, and of which nobody
  // knows whose it is. `since_ns` is by CLOCK_MONOTONIC. False: no lease of this file is held here
  // since before then and in force now, or a writer waits for it, or too many have joined.
  bool Join(pid_t tid, const FileKey& file, int64_t since_ns,
            std::optional<RunningProgram> before = {});
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
  struct Loan;
  struct Held;
  using LoanPtr = std::shared_ptr<Loan>;
  using HeldPtr = std::shared_ptr<Held>;
  using Batch = std::vector<HeldPtr>;
  // Of leases that nobody needs any more, whether a writer waits.
  using Ended = std::vector<std::pair<LoanPtr, bool>>;
  using Inode = std::pair<uint64_t, uint64_t>;
  static bool IsOver(const Held& held, const ExecProgress& now);
  bool IsOverOrKilled(Held& held, int64_t now_ns) const;
  void MakeRoom(uint32_t principal);
  bool IsFull(uint32_t principal) const;
  void Add(const HeldPtr& held);
  Batch JoinedBefore(pid_t tid, const LoanPtr& loan) const;
  Batch Choose(const std::function<bool(Held&)>& is_wanted);
  void DropWhatIsOver(const Batch& looked_at);
  void Remove(const HeldPtr& held, Ended& ended);
  static void LetGo(const Ended& ended);
  void ReadSignals(int signals, const std::function<void(int fd)>& on_break);
  bool AnyBreaking() const;

  const Limits limits_;
  const Clock monotonic_ns_;
  const ReadProgress progress_;
  std::mutex sweeping_;
  mutable std::mutex mutex_;
  std::map<uint64_t, HeldPtr> held_;  // the oldest first
  std::unordered_multimap<pid_t, HeldPtr> by_thread_;
  std::map<Inode, LoanPtr> by_file_;  // the last of each file
  std::unordered_map<uint32_t, size_t> count_by_user_;
  size_t joined_ = 0;
  uint64_t last_number_ = 0;
  std::atomic<pid_t> thread_{0};
  UniqueFd stop_;
};

}  // namespace portcullis::enforcement
