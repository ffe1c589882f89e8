// SPDX-License-Identifier: Apache-2.0
// What of this host makes enforcement weaker than it could be.
//
// Shape:   findings (finding.h).
// Limits:  kMaxSysctlBytes of a setting of the kernel.
// Errors:  none: what can not be found out weakens.
// Threads: reentrant.
// Source:  docs/limitations.md has the reasons; proc(5), sysctl: vm.memfd_noexec (Linux 6.3),
//          user.max_user_namespaces, kernel.unprivileged_userns_clone (Debian's own).
#pragma once

#include <string>
#include <vector>

#include "enforcement/finding.h"
#include "enforcement/kernel_features.h"
#include "enforcement/mount_watch.h"
#include "enforcement/service_config.h"
#include "host/boot_mode.h"
#include "host/path_spellings.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxSysctlBytes = 4096;

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
// Folders that others than root may write and whose files may run. Walks the file systems at
// `points`.
std::vector<Finding> CheckWritablePlaces(const PolicySet& policies, const PathSpeller& speller,
                                         const std::vector<std::string>& points);
// Settings that let run what the policy denies.
std::vector<Finding> CheckSettings(const ServiceConfig& service);
// Who but root may change the policy or a configuration. A file that is not there is passed over.
std::vector<Finding> CheckOwnFiles(const std::vector<std::string>& files);
// What a rescue boot comes to; `mode` is that of the running system.
Finding CheckRescue(RescueMode setting, BootMode mode);
// Whether the service manager starts the service at boot. `root` stands for /.
Finding CheckStartedAtBoot(const std::string& root = "");

}  // namespace portcullis::enforcement
