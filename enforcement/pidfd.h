// SPDX-License-Identifier: Apache-2.0
// Processes by descriptor, so that a number that was given to another process is never killed.
//
// Shape:   thin calls; a pidfd is readable once its process has ended.
// Source:  pidfd_open(2), pidfd_send_signal(2). glibc 2.36 declares them without C linkage.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace portcullis::enforcement {

// For a child that was not reaped, or one that another descriptor keeps alive; else -1.
inline UniqueFd OpenPidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

inline bool SignalPidfd(const UniqueFd& pidfd, int signal) {
  return pidfd.valid() && syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

}  // namespace portcullis::enforcement
