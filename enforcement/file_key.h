// SPDX-License-Identifier: Apache-2.0
// What tells one state of a file from every other: where its inode is, and when it changed.
//
// Shape:   device, inode, size, and the times of the last change of content and of anything.
// Units:   times are nanoseconds of CLOCK_REALTIME.
// Limits:  what a key tells of a file's bytes depends on the file system (identity_evidence.h). A
//          store through a shared mapping that is dirty already changes nothing; a read lease shows
//          that writer (file_lease.h).
//          A time that does not fit (a user may set the time of modification to any) wraps.
// Errors:  kIo.
// Threads: reentrant. Never asks a server: network file systems answer from what they know.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>

#include "base/result.h"

namespace portcullis::enforcement {

struct FileKey {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;

  friend bool operator==(const FileKey&, const FileKey&) = default;
};

struct FileStatus {
  FileKey key;
  uint32_t mode = 0;
  uint32_t owner = 0;
  uint32_t group = 0;
  uint32_t links = 0;
  // Of the mount that it was opened through: a number that no other mount ever gets. 0: this kernel
  // tells none (before Linux 6.8).
  uint64_t mount = 0;
  bool is_mount_root = false;

  bool is_regular() const { return S_ISREG(mode); }
  // Mode and owner as the calls that take a struct stat want them.
  struct stat OwnerAndMode() const;
};

// Of an open file; O_PATH descriptors too.
Result<FileStatus> ReadFileStatus(int fd);
// Of what stands at `path`, the last link followed (the kernel's own links in /proc, say).
Result<FileStatus> ReadFileStatus(const char* path);
// The same of what stands below the open directory.
Result<FileStatus> ReadFileStatus(int directory, const char* path);

}  // namespace portcullis::enforcement

template <>
struct std::hash<portcullis::enforcement::FileKey> {
  size_t operator()(const portcullis::enforcement::FileKey& key) const noexcept;
};
