// SPDX-License-Identifier: Apache-2.0
// Which file is mapped at an address of a thread.
//
// Shape:   one line of /proc/TID/maps; asked for alone where the kernel can (PROCMAP_QUERY, 6.11),
//          else found in the text.
// Limits:  kMaxMapsBytes of text.
// Errors:  kNotFound when the thread is gone; kIo when it may not be looked at; kLimitExceeded.
//          Lines that are none are passed over.
// Threads: reentrant.
// Source:  proc(5): maps; the kernel's include/uapi/linux/fs.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxMapsBytes = 16 << 20;

struct FileMapping {
  uint64_t start = 0;
  uint64_t end = 0;
  bool is_executable = false;
  // Of the file system that holds the bytes: on btrfs and overlay stat gives another.
  uint32_t major = 0;
  uint32_t minor = 0;
  uint64_t inode = 0;  // 0: no file
  std::string name;    // as the kernel writes it

  friend bool operator==(const FileMapping&, const FileMapping&) = default;
};

// The mapping of `maps` that holds `address`; absent: there is none.
std::optional<FileMapping> FindInMaps(std::string_view maps, uint64_t address);
// Whether a file that is called `name`, in whatever folder, is mapped to be executed.
bool IsMappedToExecute(std::string_view maps, std::string_view name);
Result<std::optional<FileMapping>> FindMapping(pid_t tid, uint64_t address);

// The link that leads to the mapped file itself, whatever stands at its name now.
std::string MappedFilePath(pid_t tid, const FileMapping& mapping);

}  // namespace portcullis::enforcement
