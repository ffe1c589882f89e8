// SPDX-License-Identifier: Apache-2.0
#include "enforcement/file_lease.h"

#include <fcntl.h>
#include <pthread.h>

#include <cerrno>
#include <cstdlib>

#include "base/clock.h"
#include "host/read_file.h"

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kDefaultBreakSeconds = 45;

int64_t ReadSafeNs() {
  const auto text = ReadFile("/proc/sys/fs/lease-break-time", 64);
  int64_t seconds = text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
  // With nought there the kernel never ends a lease.
  if (seconds <= 0) seconds = kDefaultBreakSeconds;
  return (seconds - 1) * kNanoseconds;
}

}  // namespace

int LeaseSignal() { return SIGRTMIN + 5; }

void BlockLeaseSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, LeaseSignal());
  sigaddset(&set, SIGIO);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int64_t SafeLeaseNs() {
  static const int64_t safe = ReadSafeNs();
  return safe;
}

LeaseState FileLease::Take(int fd, pid_t notify) {
  const std::lock_guard lock(mutex_);
  taken_ns_ = MonotonicNs();
  if (notify != 0) {
    const f_owner_ex owner{F_OWNER_TID, notify};
    fcntl(fd, F_SETSIG, LeaseSignal());
    fcntl(fd, F_SETOWN_EX, &owner);
  }
  if (fcntl(fd, F_SETLEASE, F_RDLCK) != 0) {
    return errno == EAGAIN ? LeaseState::kWriterPresent : LeaseState::kUnsupported;
  }
  // The kernel has made this process the owner, whom SIGIO would end.
  if (notify == 0) fcntl(fd, F_SETOWN, 0);
  fd_ = fd;
  return LeaseState::kGranted;
}

bool FileLease::IsHeld() const {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) return false;
  // While it breaks F_GETLEASE tells what it will become, which is what it is after a forced end.
  return MonotonicNs() - taken_ns_ < SafeLeaseNs() || fcntl(fd_, F_GETLEASE) == F_RDLCK;
}

bool FileLease::IsBreaking() const {
  const std::lock_guard lock(mutex_);
  return fd_ >= 0 && fcntl(fd_, F_GETLEASE) != F_RDLCK;
}

int64_t FileLease::taken_ns() const {
  const std::lock_guard lock(mutex_);
  return taken_ns_;
}

void FileLease::Release() {
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) fcntl(fd_, F_SETLEASE, F_UNLCK);
  fd_ = -1;
}

}  // namespace portcullis::enforcement
