// SPDX-License-Identifier: Apache-2.0
// Locks processes out of each other by a file that is there for that alone.
//
// Shape:   the file is made, mode 0600, and stays: to remove it would let two have the lock.
// Errors:  kIo with the file and the system's reason; kLimitExceeded where another had the lock for
//          all of `patience`.
// Lifetime: the lock is held until the descriptor closes.
// Threads: reentrant; two threads lock each other out as two processes do.
// Source:  flock(2).
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis {

Result<UniqueFd> LockFile(const std::string& path, std::chrono::milliseconds patience);

}  // namespace portcullis
