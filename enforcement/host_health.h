// SPDX-License-Identifier: Apache-2.0
// What of this host makes enforcement weaker than it could be.
//
// Shape:   findings, each a subject, a sentence, and whether it weakens. What needs no
//          mending is a finding too, so that a reader sees what was looked at.
// Limits:  kMaxSysctlBytes of a setting of the kernel.
// Errors:  none: what can not be found out weakens.
// Threads: reentrant.
// Source:  docs/limitations.md has the reasons; proc(5), sysctl: vm.memfd_noexec (Linux 6.3),
//          user.max_user_namespaces, kernel.unprivileged_userns_clone (Debian's own).
#pragma once

#include <string>
#include <vector>

#include "enforcement/kernel_features.h"
#include "enforcement/mount_watch.h"
#include "enforcement/service_config.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxSysctlBytes = 4096;

struct Finding {
  std::string subject;
  std::string text;
  bool weakens = false;

  friend bool operator==(const Finding&, const Finding&) = default;
};

// How many of the processes that are there now have a login uid.
struct SessionCount {
  size_t processes = 0;
  size_t with_login_uid = 0;
};
SessionCount CountSessions(const std::string& proc = "/proc");

std::vector<Finding> CheckKernel(const KernelFeatures& features);
// Memory that can be executed, and name spaces that anyone may make. `sysctls` is /proc/sys.
std::vector<Finding> CheckSysctls(const std::string& sysctls = "/proc/sys");
// File systems that hold files and are not judged.
// `configured`: the file systems that service.conf names.
std::vector<Finding> CheckMounts(const MarkTargets& targets,
                                 const std::vector<std::string>& configured);
// What the setting comes to on this machine.
Finding CheckServiceProcess(ServiceProcess setting, const SessionCount& sessions);
// Collections that only audit, and the kinds of files that no rule is about.
std::vector<Finding> CheckPolicies(const PolicySet& policies);

}  // namespace portcullis::enforcement
