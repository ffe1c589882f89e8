// SPDX-License-Identifier: Apache-2.0
#include "enforcement/slow_mounts.h"

#include <algorithm>
#include <set>

namespace portcullis::enforcement {

bool IsFuse(const Mount& mount) { return mount.file_system.starts_with("fuse"); }

SlowMounts::SlowMounts(const MountTable& mounts, const std::vector<std::string>& named) {
  std::set<const Mount*> exempt;
  for (const std::string& path : named) exempt.insert(mounts.Find(path));
  for (const Mount& mount : mounts.mounts()) {
    const bool is_automatic = mount.file_system == "autofs";
    if (!mount.is_network && !IsFuse(mount) && !is_automatic) continue;
    if (mounts.Find(mount.point) != &mount || exempt.contains(&mount)) continue;
    Slow slow{mount.point, {}};
    for (const Mount& other : mounts.mounts()) {
      const bool is_below = other.point != mount.point && IsAtOrBelow(other.point, mount.point);
      if (is_automatic && is_below) slow.mounted_below.push_back(other.point);
    }
    mounts_.push_back(std::move(slow));
  }
}

bool SlowMounts::StandAbove(std::string_view path) const {
  return std::ranges::any_of(mounts_, [&](const Slow& slow) {
    return IsAtOrBelow(path, slow.point) &&
           std::ranges::none_of(slow.mounted_below,
                                [&](const std::string& point) { return IsAtOrBelow(path, point); });
  });
}

}  // namespace portcullis::enforcement
