// SPDX-License-Identifier: Apache-2.0
// The bytes of a regular file, mapped to be read.
//
// Shape:   the file's bytes as they were when it was mapped, as far as nobody changes it in place.
// Limits:  `limit` bytes: kLimitExceeded.
// Errors:  those of OpenRegularFile; kIo. Messages do not name the file.
// Lifetime: whoever holds `owner` keeps the mapping. A file that is cut short meanwhile ends the
//          process at the next look (SIGBUS).
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis {

struct MappedFile {
  std::shared_ptr<const void> owner;
  Bytes bytes;
  struct stat status {};
};
Result<MappedFile> MapFile(const std::string& path, uint64_t limit);

}  // namespace portcullis
