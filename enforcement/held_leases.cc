// SPDX-License-Identifier: Apache-2.0
#include "enforcement/held_leases.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <optional>

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

// The mutex of HeldLeases guards what is not constant, but for `user_ms_before`, which is for who
// sweeps.
struct HeldLeases::Held {
  Held(ExecInFlight of, uint64_t at) : exec(std::move(of)), number(at) {}

  const ExecInFlight exec;
  const uint64_t number;
  std::optional<int64_t> breaking_since_ns;  // a writer waits since then, or since later
  int64_t look_again_ns = 0;
  std::optional<int64_t> user_ms_before;
};

HeldLeases::HeldLeases(Limits limits, Clock monotonic_ns, ReadProgress progress)
    : limits_(limits),
      monotonic_ns_(monotonic_ns ? std::move(monotonic_ns) : MonotonicNs),
      progress_(progress ? std::move(progress) : ReadExecProgress),
      stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

HeldLeases::~HeldLeases() {
  for (const auto& [number, held] : held_) LetGo({held});
}

// ---- What has become of an exec.

bool HeldLeases::IsOver(const Held& held, const ExecProgress& now) const {
  if (now.program.is_gone || now.is_elsewhere) return true;
  const bool runs_it =
      now.program.device == held.exec.file.device && now.program.inode == held.exec.file.inode;
  return runs_it || now.program != held.exec.before;
}

bool HeldLeases::IsOverOrKilled(Held& held, int64_t now_ns) const {
  const ExecProgress now = progress_(held.exec.tid);
  if (IsOver(held, now)) return true;
  if (!held.user_ms_before) held.user_ms_before = now.user_ms;
  if (now.user_ms && *now.user_ms - *held.user_ms_before >= kFailedUserMs) return true;
  if (!held.breaking_since_ns || now_ns - *held.breaking_since_ns < SafeLeaseNs()) return false;
  // From here on nothing of that process runs outside of the kernel: it may not land any more.
  SignalPidfd(held.exec.process, SIGKILL);
  return true;
}

// ---- What is held; under the mutex, but for the looks and for letting go.

bool HeldLeases::Remove(const HeldPtr& held) {
  if (held_.erase(held->number) == 0) return false;
  const auto [begin, end] = by_thread_.equal_range(held->exec.tid);
  const auto entry =
      std::find_if(begin, end, [&](const auto& candidate) { return candidate.second == held; });
  if (entry != end) by_thread_.erase(entry);
  const auto count = count_by_user_.find(held->exec.principal);
  if (--count->second == 0) count_by_user_.erase(count);
  return true;
}

void HeldLeases::LetGo(const Batch& dropped) {
  for (const HeldPtr& held : dropped) held->exec.let_go(held->breaking_since_ns.has_value());
}

HeldLeases::Batch HeldLeases::Choose(const std::function<bool(Held&)>& is_wanted) {
  Batch chosen;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, held] : held_) {
    if (is_wanted(*held)) chosen.push_back(held);
  }
  return chosen;
}

// Whether the process of each has ended, by one call: of most it has when they are looked at.
std::vector<pollfd> HeldLeases::LookWhoEnded(const Batch& held) {
  std::vector<pollfd> processes;
  for (const HeldPtr& one : held) processes.push_back({one->exec.process.get(), POLLIN, 0});
  poll(processes.data(), processes.size(), 0);
  return processes;
}

void HeldLeases::DropWhatIsOver(const Batch& looked_at) {
  const int64_t now = monotonic_ns_();
  const std::vector<pollfd> processes = LookWhoEnded(looked_at);
  Batch dropped;
  for (size_t i = 0; i < looked_at.size(); ++i) {
    const HeldPtr& held = looked_at[i];
    const bool has_ended = (processes[i].revents & POLLIN) != 0;
    if (!has_ended && !IsOverOrKilled(*held, now)) continue;
    const std::lock_guard lock(mutex_);
    if (Remove(held)) dropped.push_back(held);
  }
  LetGo(dropped);
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
      [&](const Held& held) { return held.exec.principal == principal && left > 0 && left-- > 0; });
  Batch dropped;
  for (const HeldPtr& held : oldest) {
    if (!IsOver(*held, progress_(held->exec.tid))) continue;
    const std::lock_guard lock(mutex_);
    if (Remove(held)) dropped.push_back(held);
  }
  LetGo(dropped);
}

Holding HeldLeases::Hold(ExecInFlight exec) {
  const uint32_t principal = exec.principal;
  std::unique_lock lock(mutex_);
  if (IsFull(principal)) {
    lock.unlock();
    MakeRoom(principal);
    lock.lock();
  }
  if (IsFull(principal)) return Holding::kUserIsFull;
  if (held_.size() >= limits_.in_all) return Holding::kFull;
  const uint64_t number = ++last_number_;
  const auto held = std::make_shared<Held>(std::move(exec), number);
  // The kernel tells of a writer once: it may have told before there was anything held.
  if (held->exec.lease->IsBreaking()) held->breaking_since_ns = held->exec.lease->taken_ns();
  ++count_by_user_[principal];
  held_.emplace(number, held);
  by_thread_.emplace(held->exec.tid, held);
  return Holding::kHeld;
}

// The open that belongs to an exec comes between its question and its landing, and is about the
// same file.
void HeldLeases::ThreadAsks(pid_t tid, const FileKey& file) {
  Batch dropped;
  {
    const std::lock_guard lock(mutex_);
    const auto [begin, end] = by_thread_.equal_range(tid);
    for (auto entry = begin; entry != end; ++entry) {
      const FileKey& held = entry->second->exec.file;
      if (held.device != file.device || held.inode != file.inode) dropped.push_back(entry->second);
    }
    for (const HeldPtr& held : dropped) Remove(held);
  }
  LetGo(dropped);
}

void HeldLeases::Sweep() {
  const std::lock_guard sweep(sweeping_);
  const int64_t now = monotonic_ns_();
  DropWhatIsOver(Choose([&](Held& held) {
    // Where the kernel had no room for its signal.
    if (!held.breaking_since_ns && held.exec.lease->IsBreaking()) held.breaking_since_ns = now;
    return true;
  }));
}

void HeldLeases::SweepBreaking(int fd) {
  const std::lock_guard sweep(sweeping_);
  const int64_t now = monotonic_ns_();
  DropWhatIsOver(Choose([&](Held& held) {
    if (!held.breaking_since_ns && held.exec.fd == fd) held.breaking_since_ns = now;
    if (!held.breaking_since_ns || now < held.look_again_ns) return false;
    // Often at first, for who lands at once; then in proportion to what the writer has waited.
    held.look_again_ns = now + std::min((now - *held.breaking_since_ns) / 8, kLeaseSweepNs);
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
      held_, [](const auto& entry) { return entry.second->breaking_since_ns.has_value(); });
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
