// SPDX-License-Identifier: Apache-2.0
// Reads lines from a descriptor, as they come.
//
// Shape:   a line is without its line feed; what stands behind the last one is a line too unless it
//          is empty.
// Limits:  the caller's, for one line.
// Errors:  kLimitExceeded and the number of the line; kIo; whatever `take` fails with.
// Threads: reentrant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace portcullis {

// Lines are counted from 1.
Result<void> ForEachLine(
    int fd, size_t max_line_bytes,
    const std::function<Result<void>(std::string line, uint64_t number)>& take);

}  // namespace portcullis
