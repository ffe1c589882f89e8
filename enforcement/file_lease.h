// SPDX-License-Identifier: Apache-2.0
// A read lease on an open file: the proof that nobody has it open for writing, and that nobody will
// while it is held.
//
// Shape:   Take asks for it. A writer that comes waits until the lease is released, and the kernel
//          sends kLeaseSignal (or SIGIO) with the descriptor's number to the thread that was named.
// Limits:  the kernel ends a lease by force when a writer has waited for fs.lease-break-time; of
// one
//          that a writer waits for IsHeld says no when it is nearly that old.
// Errors:  none: see LeaseState.
// Lifetime: borrows the descriptor, which must outlive it; the lease is of the open file
//          *description*, so duplicates of the descriptor do not end it.
// Threads: one at a time.
// Source:  fcntl(2) "Leases"; docs/enforcement.md.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>

namespace portcullis::enforcement {

enum class LeaseState : uint8_t {
  kGranted,
  kWriterPresent,  // open for writing, or mapped shared from a descriptor for writing
  kUnsupported,    // no regular file, or a file system without leases
};

int LeaseSignal();

class FileLease {
 public:
  FileLease() = default;
  // `notify` is the thread that has LeaseSignal() and SIGIO blocked and reads them; 0: none.
  static FileLease Take(int fd, pid_t notify);
  FileLease(FileLease&& other) noexcept;
  FileLease& operator=(FileLease&& other) noexcept;
  FileLease(const FileLease&) = delete;
  FileLease& operator=(const FileLease&) = delete;
  ~FileLease() { Release(); }

  LeaseState state() const { return state_; }
  bool granted() const { return state_ == LeaseState::kGranted; }
  int fd() const { return fd_; }
  // Still in force: nobody wrote since Take.
  bool IsHeld(int64_t now_monotonic_ns) const;
  // A writer waits for it.
  bool IsBreaking() const;
  void Release();

 private:
  int fd_ = -1;
  int64_t taken_ns_ = 0;
  LeaseState state_ = LeaseState::kUnsupported;
};

}  // namespace portcullis::enforcement
