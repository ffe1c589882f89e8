// SPDX-License-Identifier: Apache-2.0
// What the kernel has and Debian 12's headers (Linux 6.1) lack, each with the version that brought
// it.
//
// Being named here does not mean that the running kernel has it: kernel_features.h finds that out.
// Source:  the kernel's include/uapi/linux/fanotify.h, pidfd.h, fcntl.h, stat.h; their manual
// pages.
#pragma once

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cstdint>

namespace portcullis::enforcement {

// fanotify_init: an event whose descriptor could not be opened carries -errno; 6.13.
inline constexpr unsigned kFanReportFdError = 0x0000'2000;
// fanotify_init: the group is about mounts, not files; 6.15.
inline constexpr unsigned kFanReportMnt = 0x0000'4000;
// fanotify_mark: the mark is of a mount namespace; 6.15.
inline constexpr unsigned kFanMarkMntns = 0x0000'0110;
inline constexpr uint64_t kFanMntAttach = 0x0100'0000;
inline constexpr uint64_t kFanMntDetach = 0x0200'0000;
// The answer: deny, and the asker's call fails with this error; 6.14, FAN_CLASS_PRE_CONTENT alone.
constexpr uint32_t FanDenyErrno(int error) {
  return FAN_DENY | (static_cast<uint32_t>(error) & 0xFF) << 24;
}

// statx: stx_mnt_id is a number that no other mount ever gets; 6.8.
inline constexpr unsigned kStatxMntIdUnique = 0x4000;

// execveat: ask whether this file may be executed, and execute nothing; 6.14.
inline constexpr int kAtExecveCheck = 0x1'0000;

// Everything about a process in one call; 6.13.
struct PidfdInfo {
  uint64_t mask;
  uint64_t cgroup_id;
  uint32_t pid;
  uint32_t tgid;
  uint32_t ppid;
  uint32_t real_uid;
  uint32_t real_gid;
  uint32_t effective_uid;
  uint32_t effective_gid;
  uint32_t saved_uid;
  uint32_t saved_gid;
  uint32_t file_system_uid;
  uint32_t file_system_gid;
  int32_t exit_code;
};
static_assert(sizeof(PidfdInfo) == 64);
inline constexpr unsigned long kPidfdGetInfo = _IOWR(0xFF, 11, PidfdInfo);

}  // namespace portcullis::enforcement
