// SPDX-License-Identifier: Apache-2.0
// Opens and reads files without being caught by what is not a file.
//
// Shape:   a regular file's descriptor, or its whole content.
// Limits:  the caller's; the content is never larger, whatever the size said.
// Errors:  kIo with the system's reason; kUnsupported for a directory, a pipe or a device;
//          kLimitExceeded. Messages do not name the file: the caller does.
// Threads: reentrant.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace portcullis {

enum class Links : uint8_t { kFollow, kRefuse };

// Never blocks on a pipe without a writer and opens no device. kRefuse: no part of the path may be
// a symbolic link, where the kernel can promise that (openat2); else not the last one.
Result<UniqueFd> OpenRegularFile(const std::string& path, Links links);

// Also reads what has no size beforehand (/proc).
Result<std::string> ReadFile(const std::string& path, uint64_t limit);
// A pipe or a regular file that is open already, to its end.
Result<std::string> ReadAll(int fd, uint64_t limit);

}  // namespace portcullis
