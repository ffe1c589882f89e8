// SPDX-License-Identifier: Apache-2.0
// Reads one of the kernel's files about a thread: /proc/TID/NAME.
//
// Limits:  the caller's, in bytes.
// Errors:  kNotFound when the thread is gone; kIo with the system's reason; kLimitExceeded.
// Threads: reentrant. Opens nothing but procfs, so it is fit for the way to a verdict.
// Source:  proc(5).
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace portcullis {

std::string ThreadFilePath(pid_t tid, const char* name);
Result<std::string> ReadThreadFile(pid_t tid, const char* name, size_t limit);
// Of those that the kernel gives whole to one read that has room for it: status, stat, syscall,
// loginuid. Each system call less counts on the way to a verdict.
Result<std::string> ReadThreadRecord(pid_t tid, const char* name, size_t limit);

}  // namespace portcullis
