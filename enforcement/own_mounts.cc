// SPDX-License-Identifier: Apache-2.0
#include "enforcement/own_mounts.h"

#include "enforcement/file_key.h"

namespace portcullis::enforcement {
namespace {

// 0: none that proves anything.
uint64_t NumberOf(const Mount& mount, const SlowMounts& slow) {
  if (!mount.is_whole || mount.is_synthetic || slow.StandAbove(mount.point)) return 0;
  const auto status = ReadFileStatus(mount.point.empty() ? "/" : mount.point.c_str());
  return status && status->is_mount_root ? status->mount : 0;
}

}  // namespace

OwnMounts::OwnMounts(const MountTable& mounts, const SlowMounts& slow) {
  for (const Mount& mount : mounts.mounts()) {
    const auto [place, is_only] = points_.try_emplace(mount.point, 0);
    place->second = is_only ? NumberOf(mount, slow) : 0;
  }
}

bool OwnMounts::Prove(std::string_view path, uint64_t mount) const {
  if (mount == 0 || !path.starts_with('/')) return false;
  // A file may have such a name, but so is called what was deleted.
  if (path.ends_with(" (deleted)")) return false;
  for (std::string_view above = path;;) {
    const auto found = points_.find(above);
    if (found != points_.end()) return found->second == mount;
    if (above.empty()) return false;
    above.remove_suffix(above.size() - above.rfind('/'));
  }
}

}  // namespace portcullis::enforcement
