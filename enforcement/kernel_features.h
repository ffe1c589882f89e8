// SPDX-License-Identifier: Apache-2.0
// What the running kernel can do for the service, found by trying it.
//
// Shape:   one flag a feature; Describe says for each what the service does without it.
// Errors:  none: what can not be tried (without root, say) counts as absent.
// Threads: a value. Probe makes and closes descriptors of its own and marks nothing but those.
// Source:  fanotify_init(2), fanotify_mark(2), execveat(2); docs/enforcement.md.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::enforcement {

struct KernelVersion {
  int major = 0;
  int minor = 0;

  // Of a release as uname says it: "6.1.0-56-amd64". Zeros where it does not begin so.
  static KernelVersion Parse(std::string_view release);
  friend constexpr auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

struct KernelFeatures {
  std::string release;
  KernelVersion version;
  bool permission_events = false;  // also needs CAP_SYS_ADMIN
  bool unlimited_queue = false;    // else an overflow lets programs run unasked
  bool thread_ids = false;         // FAN_REPORT_TID, 4.20
  bool evictable_marks = false;    // FAN_MARK_EVICTABLE with FAN_MARK_IGNORE, 6.0
  bool open_errors = false;        // FAN_REPORT_FD_ERROR, 6.13
  bool deny_with_errno = false;    // FAN_DENY_ERRNO, 6.14
  bool mount_events = false;       // FAN_MARK_MNTNS, 6.15
  bool execve_check = false;       // AT_EXECVE_CHECK, 6.14
  bool pidfd_info = false;         // PIDFD_GET_INFO, 6.13
  bool leases = false;             // F_SETLEASE

  static KernelFeatures Probe();
};

struct FeatureReport {
  const char* name;
  bool present;
  bool required;        // the service can not enforce without it
  const char* without;  // what it does instead
};
std::vector<FeatureReport> Describe(const KernelFeatures& features);

}  // namespace portcullis::enforcement
