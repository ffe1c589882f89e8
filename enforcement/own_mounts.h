// SPDX-License-Identifier: Apache-2.0
// The mounts of this mount namespace, to know a true path by what the kernel says of the open file.
//
// Shape:   the kernel's path of an open file leads from the root of its mount over the mounts above
//          that one. It is what stands there for this service if the file's mount is the very one
//          that the path lies on here: anybody may bind a file over another path, but not in this
//          namespace, whose mounts are root's. A mount of another namespace has another number, and
//          no number is ever given out again.
//          Not every mount can prove that. It must show its file system from the root on (a folder
//          may be moved out of what a bind mount shows, and then the path lacks the mount), be the
//          only one at its point, and be reached there.
// Limits:  as of the mount table it was made of. Nobody looks at or below slow mounts.
// Errors:  none: a mount that can not be looked at proves nothing; nor does any before Linux 6.8.
// Threads: immutable once made, which may wait for the disk. Proves looks at text alone.
// Source:  statx(2): STATX_MNT_ID_UNIQUE, STATX_ATTR_MOUNT_ROOT; docs/enforcement.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "enforcement/slow_mounts.h"
#include "host/mount_table.h"

namespace portcullis::enforcement {

class OwnMounts {
 public:
  OwnMounts() = default;
  OwnMounts(const MountTable& mounts, const SlowMounts& slow);

  // Of a file that was opened through `mount` (FileStatus::mount), whose path the kernel says is
  // `path`: whether it stands there here. False: to be looked at.
  bool Prove(std::string_view path, uint64_t mount) const;

 private:
  std::map<std::string, uint64_t, std::less<>> points_;  // 0: proves nothing
};

}  // namespace portcullis::enforcement
