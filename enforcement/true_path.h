// SPDX-License-Identifier: Apache-2.0
// What stands at a path, looked at without opening it and without following a link.
//
// Errors:  kNotFound, also for a path with a link in it; kIo; kLimitExceeded where only waiting
//          could tell and the caller may not.
// Threads: reentrant.
// Source:  openat2(2): RESOLVE_NO_SYMLINKS, RESOLVE_CACHED, RESOLVE_IN_ROOT.
#pragma once

#include <string>

#include "base/result.h"
#include "enforcement/file_key.h"

namespace portcullis::enforcement {

enum class Lookup : uint8_t { kNameCacheAlone, kMayWait };

Result<FileStatus> LookAt(const std::string& path, Lookup lookup);
// The same with the directory `root` as the root of all paths.
Result<FileStatus> LookAtBelow(int root, const std::string& path);

}  // namespace portcullis::enforcement
