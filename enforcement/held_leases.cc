// SPDX-License-Identifier: Apache-2.0
#include "enforcement/held_leases.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "enforcement/pidfd.h"

namespace portcullis::enforcement {
namespace {

constexpr int kSweepMs = 100;
constexpr int kBreakingMs = 1;  // a writer waits: look often
constexpr size_t kLooksForRoom = 16;

UniqueFd BlockAndListen() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, LeaseSignal());
  sigaddset(&set, SIGIO);  // what the kernel sends when it has no room for another queued signal
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

}  // namespace

// A lease, and how many execs need it. The mutex of HeldLeases guards what is not constant.
struct HeldLeases::Loan {
  const std::function<void(bool)> let_go;
  const FileLease* const lease;
  const int fd;
  const FileKey file;
  const int64_t held_since_ns;  // granted before
  size_t execs = 0;
  std::optional<int64_t> breaking_since_ns;  // a writer waits since then, or since later
  int64_t swept_ns = 0;
};

// The same, but for the last three, which are for who sweeps.
struct HeldLeases::Held {
  const LoanPtr loan;
  const pid_t tid;
  const std::optional<uint32_t> principal;     // absent: joined
  const int64_t asked_boot_ns;                 // the thread was there then
  const std::optional<RunningProgram> before;  // when it asked
  uint64_t number = 0;
  int64_t look_again_ns = 0;
  std::optional<int64_t> user_ms_before;
  std::optional<RunningProgram> seen;  // at the first look, since when it waits in its execve
};

HeldLeases::HeldLeases(Limits limits, Clock monotonic_ns, ReadProgress progress)
    : limits_(limits),
      monotonic_ns_(monotonic_ns ? std::move(monotonic_ns) : MonotonicNs),
      progress_(progress ? std::move(progress) : ReadExecProgress),
      stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

HeldLeases::~HeldLeases() {
  Ended ended;
  while (!held_.empty()) Remove(HeldPtr(held_.begin()->second), ended);
  LetGo(ended);
}

// ---- What has become of an exec.

bool HeldLeases::IsOver(const Held& held, const ExecProgress& now) {
  if (now.program.is_gone || now.is_elsewhere) return true;
  // The number is another thread's by now.
  if (now.began_ns && *now.began_ns > held.asked_boot_ns) return true;
  if (held.before && now.program != *held.before) return true;
  const FileKey& file = held.loan->file;
  return now.program.device == file.device && now.program.inode == file.inode;
}

bool HeldLeases::IsOverOrKilled(Held& held, int64_t now_ns) const {
  const ExecProgress now = progress_(held.tid);
  if (IsOver(held, now) || (held.seen && now.program != *held.seen)) return true;
  if (!held.seen) held.seen = now.program;
  if (!held.user_ms_before) held.user_ms_before = now.user_ms;
  if (now.user_ms && *now.user_ms - *held.user_ms_before >= kFailedUserMs) return true;
  const auto breaking_since_ns = held.loan->breaking_since_ns;
  if (!breaking_since_ns || now_ns - *breaking_since_ns < SafeLeaseNs()) return false;
  // From here on nothing of that process runs outside of the kernel: it may not land any more. By
  // descriptor, and looked at once more behind it: the number may have become another's meanwhile.
  const UniqueFd process(
      open(fmt::format("/proc/{}", held.tid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!IsOver(held, progress_(held.tid))) static_cast<void>(SignalPidfd(process, SIGKILL));
  return true;
}

// ---- What is held; under the mutex, but for the looks and for letting go.

void HeldLeases::Remove(const HeldPtr& held, Ended& ended) {
  if (held_.erase(held->number) == 0) return;
  const auto [begin, end] = by_thread_.equal_range(held->tid);
  const auto entry =
      std::find_if(begin, end, [&](const auto& candidate) { return candidate.second == held; });
  if (entry != end) by_thread_.erase(entry);
  if (held->principal) {
    const auto count = count_by_user_.find(*held->principal);
    if (--count->second == 0) count_by_user_.erase(count);
  } else {
    --joined_;
  }
  const LoanPtr& loan = held->loan;
  if (--loan->execs > 0) return;
  const auto last = by_file_.find({loan->file.device, loan->file.inode});
  if (last != by_file_.end() && last->second == loan) by_file_.erase(last);
  ended.emplace_back(loan, loan->breaking_since_ns.has_value());
}

void HeldLeases::LetGo(const Ended& ended) {
  for (const auto& [loan, writer_waits] : ended) loan->let_go(writer_waits);
}

HeldLeases::Batch HeldLeases::Choose(const std::function<bool(Held&)>& is_wanted) {
  Batch chosen;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, held] : held_) {
    if (is_wanted(*held)) chosen.push_back(held);
  }
  return chosen;
}

void HeldLeases::DropWhatIsOver(const Batch& looked_at) {
  const int64_t now = monotonic_ns_();
  Ended ended;
  for (const HeldPtr& held : looked_at) {
    if (!IsOverOrKilled(*held, now)) continue;
    const std::lock_guard lock(mutex_);
    Remove(held, ended);
  }
  LetGo(ended);
}

bool HeldLeases::IsFull(uint32_t principal) const {
  const auto count = count_by_user_.find(principal);
  return count != count_by_user_.end() && count->second >= limits_.per_user;
}

// The oldest of that user's are the likeliest to be over; looking at all would be work that one
// user makes for the thread that serves everybody.
void HeldLeases::MakeRoom(uint32_t principal) {
  size_t left = kLooksForRoom;
  const Batch oldest = Choose(
      [&](const Held& held) { return held.principal == principal && left > 0 && left-- > 0; });
  Ended ended;
  for (const HeldPtr& held : oldest) {
    if (!IsOver(*held, progress_(held->tid))) continue;
    const std::lock_guard lock(mutex_);
    Remove(held, ended);
  }
  LetGo(ended);
}

void HeldLeases::Add(const HeldPtr& held) {
  held->number = ++last_number_;
  ++held->loan->execs;
  held_.emplace(held->number, held);
  by_thread_.emplace(held->tid, held);
}

Holding HeldLeases::Hold(ExecInFlight exec) {
  const uint32_t principal = exec.principal;
  const Inode inode{exec.file.device, exec.file.inode};
  const LoanPtr loan(new Loan{std::move(exec.let_go), exec.lease, exec.fd, exec.file,
                              monotonic_ns_(), 0, std::nullopt, 0});
  const HeldPtr held(new Held{loan, exec.tid, principal, BoottimeNs(), exec.before, 0, 0, {}, {}});
  std::unique_lock lock(mutex_);
  if (exec.looks_for_room && IsFull(principal)) {
    lock.unlock();
    MakeRoom(principal);
    lock.lock();
  }
  if (IsFull(principal)) return Holding::kUserIsFull;
  if (held_.size() - joined_ >= limits_.in_all) return Holding::kFull;
  // The kernel tells of a writer once: it may have told before there was anything held.
  if (loan->lease->IsBreaking()) loan->breaking_since_ns = loan->lease->taken_ns();
  ++count_by_user_[principal];
  Add(held);
  by_file_[inode] = loan;
  return Holding::kHeld;
}

bool HeldLeases::Lends(const FileKey& file) const {
  const std::lock_guard lock(mutex_);
  return by_file_.contains({file.device, file.inode});
}

// A thread has one exec in flight: what it joined for before is over.
HeldLeases::Batch HeldLeases::JoinedBefore(pid_t tid, const LoanPtr& loan) const {
  Batch former;
  const auto [begin, end] = by_thread_.equal_range(tid);
  for (auto entry = begin; entry != end; ++entry) {
    const HeldPtr& held = entry->second;
    if (held->loan == loan && !held->principal) former.push_back(held);
  }
  return former;
}

bool HeldLeases::Join(pid_t tid, const FileKey& file, int64_t since_ns,
                      std::optional<RunningProgram> before) {
  const std::lock_guard lock(mutex_);
  const auto found = by_file_.find({file.device, file.inode});
  if (found == by_file_.end()) return false;
  const LoanPtr loan = found->second;
  const Batch former = JoinedBefore(tid, loan);
  if (joined_ - former.size() >= limits_.joined) return false;
  if (loan->breaking_since_ns || loan->held_since_ns >= since_ns) return false;
  if (!loan->lease->IsHeld()) return false;
  ++joined_;
  Add(HeldPtr(new Held{loan, tid, std::nullopt, BoottimeNs(), before, 0, 0, {}, {}}));
  Ended none;  // the one that was added needs the lease
  for (const HeldPtr& one : former) Remove(one, none);
  return true;
}

// The open that belongs to an exec comes between its question and its landing, and is about the
// same file.
void HeldLeases::ThreadAsks(pid_t tid, const FileKey& file) {
  Ended ended;
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = by_thread_.equal_range(tid);
    Batch dropped;
    for (auto entry = begin; entry != end; ++entry) {
      const FileKey& held = entry->second->loan->file;
      if (held.device != file.device || held.inode != file.inode) dropped.push_back(entry->second);
    }
    for (const HeldPtr& held : dropped) Remove(held, ended);
  }
  LetGo(ended);
}

void HeldLeases::Sweep() {
  const std::lock_guard sweep(sweeping_);
  const int64_t now = monotonic_ns_();
  DropWhatIsOver(Choose([&](Held& held) {
    Loan& loan = *held.loan;
    // Where the kernel had no room for its signal.
    const bool is_asked = std::exchange(loan.swept_ns, now) != now && !loan.breaking_since_ns;
    if (is_asked && loan.lease->IsBreaking()) loan.breaking_since_ns = now;
    return true;
  }));
}

void HeldLeases::SweepBreaking(int fd) {
  const std::lock_guard sweep(sweeping_);
  const int64_t now = monotonic_ns_();
  DropWhatIsOver(Choose([&](Held& held) {
    Loan& loan = *held.loan;
    if (!loan.breaking_since_ns && loan.fd == fd) loan.breaking_since_ns = now;
    if (!loan.breaking_since_ns || now < held.look_again_ns) return false;
    // Often at first, for who lands at once; then in proportion to what the writer has waited.
    held.look_again_ns = now + std::min((now - *loan.breaking_since_ns) / 8, kLeaseSweepNs);
    return true;
  }));
}

size_t HeldLeases::size() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

bool HeldLeases::AnyBreaking() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(
      held_, [](const auto& entry) { return entry.second->loan->breaking_since_ns.has_value(); });
}

void HeldLeases::ReadSignals(int signals, const std::function<void(int fd)>& on_break) {
  signalfd_siginfo info = {};
  while (read(signals, &info, sizeof(info)) == sizeof(info)) {
    SweepBreaking(info.ssi_fd);
    if (on_break) on_break(info.ssi_fd);
  }
}

void HeldLeases::Serve(const std::function<void(int fd)>& on_break) {
  const UniqueFd signals = BlockAndListen();
  thread_ = gettid();
  int64_t swept_ns = monotonic_ns_();
  while (true) {
    std::array<pollfd, 2> wait = {{{signals.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
    poll(wait.data(), wait.size(), AnyBreaking() ? kBreakingMs : kSweepMs);
    if (wait[1].revents != 0) return;
    ReadSignals(signals.get(), on_break);
    if (AnyBreaking()) SweepBreaking(-1);
    if (monotonic_ns_() - swept_ns < kLeaseSweepNs) continue;
    Sweep();
    swept_ns = monotonic_ns_();
  }
}

void HeldLeases::Stop() {
  const uint64_t one = 1;
  // Fails only when it is signalled already.
  if (write(stop_.get(), &one, sizeof(one)) != sizeof(one)) return;
}

}  // namespace portcullis::enforcement
