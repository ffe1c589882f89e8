// SPDX-License-Identifier: Apache-2.0
#include "enforcement/privileges.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/unique_fd.h"

namespace portcullis::enforcement {

Unexpected SandboxRefused(const char* step) {
  return Fail(ErrorCode::kIo,
              fmt::format("the sandbox could not be entered: {}: errno {}", step, errno));
}

void CloseDescriptorsBut(std::vector<int> kept) {
  std::ranges::sort(kept);
  unsigned next = 0;
  for (const int fd : kept) {
    if (fd < 0) continue;
    const auto number = static_cast<unsigned>(fd);
    if (number > next) close_range(next, number - 1, 0);
    next = std::max(next, number + 1);
  }
  close_range(next, ~0U, 0);
}

void DropBoundingSet() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

Result<void> DropCapabilities() { return DropCapabilitiesBut({}); }

Result<void> KeepCapabilitiesOverIds() {
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return SandboxRefused("PR_SET_KEEPCAPS");
  return {};
}

Result<void> DropCapabilitiesBut(std::span<const int> kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  for (const int capability : kept) {
    __user_cap_data_struct& set = sets[capability / 32];
    set.permitted = set.effective |= 1U << (capability % 32);
  }
  if (syscall(SYS_capset, &header, sets) == 0) return {};
  return SandboxRefused("capset");
}

Result<void> ChangeIds(uid_t uid, gid_t gid, std::span<const gid_t> groups) {
  if (geteuid() != 0) return {};
  if (setgroups(groups.size(), groups.data()) != 0) return SandboxRefused("setgroups");
  if (setresgid(gid, gid, gid) != 0) return SandboxRefused("setresgid");
  if (setresuid(uid, uid, uid) != 0) return SandboxRefused("setresuid");
  return {};
}

Result<void> LimitResources(std::span<const ResourceBound> bounds) {
  for (const auto& [resource, limit] : bounds) {
    const rlimit both{limit, limit};
    if (setrlimit(resource, &both) != 0) return SandboxRefused("setrlimit");
  }
  return {};
}

Result<void> CloseProcess() {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return SandboxRefused("PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return SandboxRefused("PR_SET_NO_NEW_PRIVS");
  return {};
}

void OfferToOomKiller() {
  const UniqueFd file(open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return;
  [[maybe_unused]] const ssize_t written = write(file.get(), "500", 3);
}

void LeaveNetwork() {
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) unshare(CLONE_NEWNET);
}

}  // namespace portcullis::enforcement
