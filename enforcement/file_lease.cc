// SPDX-License-Identifier: Apache-2.0
#include "enforcement/file_lease.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "host/read_file.h"

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kDefaultBreakSeconds = 45;

int64_t MonotonicNs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kNanoseconds + now.tv_nsec;
}

// How long a lease lasts for sure once somebody wants it broken.
int64_t SafeNs() {
  static const int64_t kSafe = [] {
    const auto text = ReadFile("/proc/sys/fs/lease-break-time", 64);
    const int64_t seconds = text ? std::strtoll(text->c_str(), nullptr, 10) : kDefaultBreakSeconds;
    return (seconds - 1) * kNanoseconds;
  }();
  return kSafe;
}

}  // namespace

int LeaseSignal() { return SIGRTMIN + 5; }

FileLease FileLease::Take(int fd, pid_t notify) {
  FileLease lease;
  lease.fd_ = fd;
  lease.taken_ns_ = MonotonicNs();
  if (notify != 0) {
    const f_owner_ex owner{F_OWNER_TID, notify};
    fcntl(fd, F_SETSIG, LeaseSignal());
    fcntl(fd, F_SETOWN_EX, &owner);
  }
  if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    lease.state_ = LeaseState::kGranted;
    // The kernel has made this process the owner, whom SIGIO would end.
    if (notify == 0) fcntl(fd, F_SETOWN, 0);
  } else {
    lease.state_ = errno == EAGAIN ? LeaseState::kWriterPresent : LeaseState::kUnsupported;
  }
  return lease;
}

FileLease::FileLease(FileLease&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), taken_ns_(other.taken_ns_), state_(other.state_) {}

FileLease& FileLease::operator=(FileLease&& other) noexcept {
  if (this != &other) {
    Release();
    fd_ = std::exchange(other.fd_, -1);
    taken_ns_ = other.taken_ns_;
    state_ = other.state_;
  }
  return *this;
}

bool FileLease::IsHeld(int64_t now_monotonic_ns) const {
  // While it breaks F_GETLEASE tells what it will become, which is what it is after a forced end.
  return granted() && fd_ >= 0 && (!IsBreaking() || now_monotonic_ns - taken_ns_ < SafeNs());
}

bool FileLease::IsBreaking() const {
  return granted() && fd_ >= 0 && fcntl(fd_, F_GETLEASE) != F_RDLCK;
}

void FileLease::Release() {
  if (granted() && fd_ >= 0) fcntl(fd_, F_SETLEASE, F_UNLCK);
  fd_ = -1;
}

}  // namespace portcullis::enforcement
