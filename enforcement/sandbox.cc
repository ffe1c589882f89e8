// SPDX-License-Identifier: Apache-2.0
#include "enforcement/sandbox.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "base/sanitized.h"
#include "enforcement/privileges.h"
#include "enforcement/seccomp_filter.h"

namespace portcullis::enforcement {
namespace {

// Numbers that no distribution gives to an account, so that no other process can signal an
// inspector. The second is for user namespaces that do not map the first.
constexpr uid_t kInspectorIds[] = {1'879'013'377, 65'533};

constexpr rlim_t kDescriptors = 4;  // the socket, a file, and one to refuse a second with

constexpr bool kBoundsMemory = !kSanitized;  // the sanitizers reserve terabytes

Result<UniqueFd> KeepOnly(UniqueFd socket) {
  if (socket.get() != 0) {
    if (dup2(socket.get(), 0) < 0) return SandboxRefused("dup2");
    socket.Reset(0);
  }
  if (close_range(1, ~0U, 0) != 0) return SandboxRefused("close_range");
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

Result<void> TakeNobodysId() {
  for (const uid_t id : kInspectorIds) {
    if (ChangeIds(id, id, {})) return {};
  }
  return SandboxRefused("setresuid");
}

Result<void> BoundResources(uint64_t mapped_bytes) {
  TRY_VOID(LimitResources(std::array{
      ResourceBound{RLIMIT_CORE, 0}, ResourceBound{RLIMIT_FSIZE, 0}, ResourceBound{RLIMIT_NPROC, 0},
      ResourceBound{RLIMIT_MEMLOCK, 0}, ResourceBound{RLIMIT_NOFILE, kDescriptors}}));
  if (!kBoundsMemory) return {};
  return LimitResources(std::array{ResourceBound{RLIMIT_AS, kMaxInspectorMemory + mapped_bytes}});
}

}  // namespace

Result<UniqueFd> EnterSandbox(UniqueFd socket, uint64_t mapped_bytes) {
  UniqueFd kept = TRY(KeepOnly(std::move(socket)));
  if (unshare(CLONE_NEWNS) == 0) EmptyRoot();  // best effort, see the header
  LeaveNetwork();
  DropBoundingSet();
  TRY_VOID(TakeNobodysId());
  TRY_VOID(DropCapabilities());
  TRY_VOID(BoundResources(mapped_bytes));
  TRY_VOID(CloseProcess());
  TRY_VOID(InstallFilter(BuildInspectorFilter()));
  return kept;
}

}  // namespace portcullis::enforcement
