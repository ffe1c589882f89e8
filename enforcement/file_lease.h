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
// Threads: every member may be called from any thread.
// Source:  fcntl(2) "Leases"; docs/enforcement.md.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <mutex>

namespace portcullis::enforcement {

enum class LeaseState : uint8_t {
  kGranted,
  kWriterPresent,  // open for writing, or mapped shared from a descriptor for writing
  kUnsupported,    // no regular file, or a file system without leases
};

int LeaseSignal();
// In the calling thread and those that it makes. Unblocked in any thread they would end the
// process.
void BlockLeaseSignals();
// How long a lease lasts for sure once a writer waits for it: fs.lease-break-time less a second.
int64_t SafeLeaseNs();

class FileLease {
 public:
  FileLease() = default;
  ~FileLease() { Release(); }
  FileLease(const FileLease&) = delete;
  FileLease& operator=(const FileLease&) = delete;

  // Once. `notify` is the thread that has LeaseSignal() and SIGIO blocked and reads them; 0: none.
  LeaseState Take(int fd, pid_t notify);
  // Still in force: nobody wrote since Take.
  bool IsHeld() const;
  // A writer waits for it, or the kernel has ended it.
  bool IsBreaking() const;
  // When Take was called, by CLOCK_MONOTONIC: no writer has waited for longer.
  int64_t taken_ns() const;
  void Release();

 private:
  mutable std::mutex mutex_;
  int fd_ = -1;  // -1: not granted, or released
  int64_t taken_ns_ = 0;
};

}  // namespace portcullis::enforcement
