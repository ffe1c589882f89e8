// SPDX-License-Identifier: Apache-2.0
#include "enforcement/held_leases.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <vector>

#include "host/thread_file.h"

namespace portcullis::enforcement {
namespace {

constexpr int kSweepMs = 100;
constexpr int kBreakingMs = 1;  // a writer waits: look often

int64_t MonotonicNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

UniqueFd BlockAndListen() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, LeaseSignal());
  sigaddset(&set, SIGIO);  // what the kernel sends when it has no room for another queued signal
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

}  // namespace

RunningProgram ReadRunningProgram(pid_t tid) {
  const auto status = ReadFileStatus(ThreadFilePath(tid, "exe").c_str());
  if (!status) return {0, 0, true};
  return {status->key.device, status->key.inode, false};
}

HeldLeases::HeldLeases(size_t per_user, Clock monotonic_ns, ReadProgram program)
    : per_user_(per_user),
      monotonic_ns_(monotonic_ns ? std::move(monotonic_ns) : MonotonicNs),
      program_(program ? std::move(program) : ReadRunningProgram),
      stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

bool HeldLeases::IsOver(const Held& held, int64_t now_ns) const {
  if (now_ns - held.since_ns >= kMaxHeldNs) return true;
  const RunningProgram now = program_(held.exec.tid);
  if (now.is_gone) return true;
  const bool runs_it = now.device == held.exec.file.device && now.inode == held.exec.file.inode;
  return runs_it || now != held.exec.before;
}

HeldLeases::List::iterator HeldLeases::Drop(List::iterator held, List& dropped) {
  const auto [begin, end] = by_thread_.equal_range(held->exec.tid);
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second == held) {
      by_thread_.erase(entry);
      break;
    }
  }
  const auto count = count_by_user_.find(held->exec.uid);
  if (--count->second == 0) count_by_user_.erase(count);
  const auto next = std::next(held);
  dropped.splice(dropped.end(), held_, held);
  return next;
}

HeldLeases::~HeldLeases() { LetGo(held_); }

void HeldLeases::LetGo(const List& dropped) {
  for (const Held& held : dropped) held.exec.let_go(held.is_breaking);
}

void HeldLeases::DropWhere(const std::function<bool(Held&)>& is_over) {
  List dropped;
  {
    const std::lock_guard lock(mutex_);
    for (auto held = held_.begin(); held != held_.end();) {
      held = is_over(*held) ? Drop(held, dropped) : std::next(held);
    }
  }
  LetGo(dropped);
}

bool HeldLeases::Hold(ExecInFlight exec) {
  const int64_t now = monotonic_ns_();
  const uint32_t uid = exec.uid;
  const auto is_full = [&] {
    const auto count = count_by_user_.find(uid);
    return count != count_by_user_.end() && count->second >= per_user_;
  };
  std::unique_lock lock(mutex_);
  if (is_full()) {
    lock.unlock();
    DropWhere([&](const Held& held) { return held.exec.uid == uid && IsOver(held, now); });
    lock.lock();
  }
  if (is_full()) return false;
  ++count_by_user_[uid];
  held_.push_back({std::move(exec), now, false});
  by_thread_.emplace(held_.back().exec.tid, std::prev(held_.end()));
  return true;
}

// The open that belongs to an exec comes between its question and its landing, and is about the
// same file.
void HeldLeases::ThreadAsks(pid_t tid, const FileKey& file) {
  List dropped;
  {
    const std::lock_guard lock(mutex_);
    std::vector<List::iterator> over;
    const auto [begin, end] = by_thread_.equal_range(tid);
    for (auto entry = begin; entry != end; ++entry) {
      const FileKey& held = entry->second->exec.file;
      if (held.device != file.device || held.inode != file.inode) over.push_back(entry->second);
    }
    for (const auto& held : over) Drop(held, dropped);
  }
  LetGo(dropped);
}

void HeldLeases::Sweep() {
  const int64_t now = monotonic_ns_();
  DropWhere([&](const Held& held) { return IsOver(held, now); });
}

void HeldLeases::SweepBreaking(int fd) {
  const int64_t now = monotonic_ns_();
  DropWhere([&](Held& held) {
    held.is_breaking = held.is_breaking || held.exec.fd == fd;
    return held.is_breaking && IsOver(held, now);
  });
}

size_t HeldLeases::size() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

bool HeldLeases::AnyBreaking() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(held_, [](const Held& held) { return held.is_breaking; });
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
