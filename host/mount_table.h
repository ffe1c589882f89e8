// SPDX-License-Identifier: Apache-2.0
// Where each file system of this host stands and what kind of medium it is on.
//
// Shape:   the mounts of /proc/self/mountinfo; Find gives the one that a real path lies on. The
//          medium is looked up in sysfs when the table is made: `removable` of the disk, and any
//          bus above it that can be unplugged.
// Limits:  kMaxMountInfoBytes; a line that can not be read is passed over. Devices stacked on
//          devices are followed kMaxDeviceDepth deep.
// Errors:  kIo where the mounts can not be read at all (a chroot without /proc). What
//          sysfs does not say is fixed and local.
// Threads: immutable once made.
// Source:  proc(5) mountinfo; Documentation/ABI/testing/sysfs-block; docs/linux-paths.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portcullis {

inline constexpr size_t kMaxMountInfoBytes = 16 << 20;
inline constexpr int kMaxDeviceDepth = 8;

struct Medium {
  bool is_removable = false;
  bool is_hot_plug = false;

  friend bool operator==(const Medium&, const Medium&) = default;
};

struct Mount {
  std::string point;  // "" is the root; no slash at the end
  std::string file_system;
  std::string source;
  uint32_t major = 0;
  uint32_t minor = 0;
  Medium medium;
  bool is_network = false;
  // Shows the file system from its root on, not one of its folders (a bind mount, a subvolume).
  bool is_whole = false;
  // The whole file system compares names without case.
  bool ignores_case = false;
  // Made up by the kernel (proc, sysfs, cgroup...): no place for programs, and endless to walk.
  bool is_synthetic = false;
};

// sysfs, or a folder that looks like it.
class BlockDevices {
 public:
  explicit BlockDevices(std::string sysfs = "/sys") : sysfs_(std::move(sysfs)) {}
  Medium Find(uint32_t major, uint32_t minor) const;

 private:
  Medium OfDevice(const std::string& device, int depth) const;
  std::string sysfs_;
};

class MountTable {
 public:
  static MountTable Parse(std::string_view mountinfo,
                          const std::vector<std::string>& network_file_systems,
                          const BlockDevices& devices);
  // Who goes on with an empty table after an error takes every file for fixed and local.
  static Result<MountTable> Load(const std::string& mountinfo_file,
                                 const std::vector<std::string>& network_file_systems);
  static Result<MountTable> OfThisProcess(const std::vector<std::string>& network_file_systems) {
    return Load("/proc/self/mountinfo", network_file_systems);
  }

  // The same without the look at sysfs, which takes long: every medium counts as fixed.
  static Result<MountTable> WithoutMedia(const std::vector<std::string>& network_file_systems);

  // `real_path` is absolute and resolved. Null only for an empty table.
  const Mount* Find(std::string_view real_path) const;
  const std::vector<Mount>& mounts() const { return mounts_; }

 private:
  std::vector<Mount> mounts_;
};

// `directory` is `path` or stands above it; "" is the root.
bool IsAtOrBelow(std::string_view path, std::string_view directory);

}  // namespace portcullis
