// SPDX-License-Identifier: Apache-2.0
#include "enforcement/sandbox.h"

#include <fmt/core.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/sanitized.h"
#include "enforcement/seccomp_filter.h"

namespace portcullis::enforcement {
namespace {

// Numbers that no distribution gives to an account, so that no other process can signal an
// inspector. The second is for user namespaces that do not map the first.
constexpr uid_t kInspectorIds[] = {1'879'013'377, 65'533};

constexpr rlim_t kDescriptors = 4;  // the socket, a file, and one to refuse a second with

constexpr bool kBoundsMemory = !kSanitized;  // the sanitizers reserve terabytes

Unexpected Refused(const char* step) {
  return Fail(ErrorCode::kIo,
              fmt::format("the sandbox could not be entered: {}: errno {}", step, errno));
}

Result<UniqueFd> KeepOnly(UniqueFd socket) {
  if (socket.get() != 0) {
    if (dup2(socket.get(), 0) < 0) return Refused("dup2");
    socket.Reset(0);
  }
  if (close_range(1, ~0U, 0) != 0) return Refused("close_range");
  return socket;
}

// Makes an empty, read-only file system the root. False where that was refused.
bool EmptyRoot() {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  constexpr unsigned long kFlags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  // Any directory will do to stand it on; /proc is on every machine that this runs on.
  if (mount("none", "/proc", "tmpfs", kFlags, "size=4k,nr_inodes=1") != 0) return false;
  return chdir("/proc") == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
         umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

// Best effort, see the header.
void LeaveNamespaces() {
  if (unshare(CLONE_NEWNS) == 0) EmptyRoot();
  if (unshare(CLONE_NEWNET | CLONE_NEWIPC) != 0) unshare(CLONE_NEWNET);
}

Result<void> ChangeIds() {
  if (geteuid() != 0) return {};
  if (setgroups(0, nullptr) != 0) return Refused("setgroups");
  for (const uid_t id : kInspectorIds) {
    if (setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0) return {};
  }
  return Refused("setresuid");
}

Result<void> DropCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) return Refused("capset");
  return {};
}

// While the capability for it is still there. A caller without it has nothing to bound.
void DropBoundingSet() {
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

Result<void> LimitResources() {
  const struct {
    __rlimit_resource resource;
    rlim_t limit;
  } limits[] = {{RLIMIT_CORE, 0},
                {RLIMIT_FSIZE, 0},
                {RLIMIT_NPROC, 0},
                {RLIMIT_MEMLOCK, 0},
                {RLIMIT_NOFILE, kDescriptors},
                {RLIMIT_AS, kBoundsMemory ? kMaxInspectorMemory : RLIM_INFINITY}};
  for (const auto& [resource, limit] : limits) {
    const rlimit both{limit, limit};
    if (resource == RLIMIT_AS && !kBoundsMemory) continue;
    if (setrlimit(resource, &both) != 0) return Refused("setrlimit");
  }
  return {};
}

}  // namespace

Result<UniqueFd> EnterSandbox(UniqueFd socket) {
  UniqueFd kept = TRY(KeepOnly(std::move(socket)));
  LeaveNamespaces();
  DropBoundingSet();
  TRY_VOID(ChangeIds());
  TRY_VOID(DropCapabilities());
  TRY_VOID(LimitResources());
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return Refused("PR_SET_DUMPABLE");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("PR_SET_NO_NEW_PRIVS");
  TRY_VOID(InstallInspectorFilter());
  return kept;
}

}  // namespace portcullis::enforcement
