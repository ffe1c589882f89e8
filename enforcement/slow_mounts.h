// SPDX-License-Identifier: Apache-2.0
// The mounts below which a look at a path may have to wait for somebody else's server.
//
// Shape:   network and FUSE file systems, and autofs where nothing is mounted on it yet: to walk
//          through one asks its server. What another mount covers is not walked through. A mount
//          that the configuration names to be judged does not count: its files are judged by their
//          paths, and those have to be looked at.
// Limits:  as of the mount table it was made of.
// Threads: immutable once made. Looks at text alone.
// Source:  docs/enforcement.md "Admission".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/mount_table.h"

namespace portcullis::enforcement {

// Whose server may be any user's.
bool IsFuse(const Mount& mount);

class SlowMounts {
 public:
  SlowMounts() = default;
  SlowMounts(const MountTable& mounts, const std::vector<std::string>& named);

  // `path` is absolute, without links. Whether a slow mount is passed on the way to it.
  bool StandAbove(std::string_view path) const;

 private:
  struct Slow {
    std::string point;
    std::vector<std::string> mounted_below;  // of autofs: where the walk asks nobody
  };
  std::vector<Slow> mounts_;
};

}  // namespace portcullis::enforcement
