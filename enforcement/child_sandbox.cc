// SPDX-License-Identifier: Apache-2.0
#include "enforcement/child_sandbox.h"

#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "base/sanitized.h"
#include "enforcement/privileges.h"
#include "enforcement/seccomp_filter.h"

namespace portcullis::enforcement {
namespace {

// Where the new root is put together. Any directory will do; this one is on every machine.
constexpr const char* kStage = "/proc";

unsigned long FlagsOf(ShownDirectory::As as) {
  const unsigned long flags = MS_NOSUID | MS_NOEXEC;
  switch (as) {
    case ShownDirectory::As::kReadOnly:
      return flags | MS_NODEV | MS_RDONLY;
    case ShownDirectory::As::kWritable:
      return flags | MS_NODEV;
    case ShownDirectory::As::kDevices:
      return flags | MS_RDONLY;
  }
  return flags | MS_NODEV | MS_RDONLY;
}

// Fails where it is there already, and then it need not be made.
void MakeDirectories(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    mkdir(path.substr(0, slash).c_str(), 0755);
  }
  mkdir(path.c_str(), 0755);
}

void Show(const ShownDirectory& shown) {
  struct stat status {};
  if (stat(shown.path.c_str(), &status) != 0) return;
  const std::string target = kStage + shown.path;
  MakeDirectories(target);
  if (mount(shown.path.c_str(), target.c_str(), nullptr, MS_BIND, nullptr) != 0) return;
  const unsigned long flags = MS_REMOUNT | MS_BIND | FlagsOf(shown.as);
  // What could not be bounded is not shown.
  if (mount(nullptr, target.c_str(), nullptr, flags, nullptr) != 0) {
    umount2(target.c_str(), MNT_DETACH);
  }
}

// False where it was refused.
bool EnterRootOf(const std::vector<ShownDirectory>& all) {
  if (unshare(CLONE_NEWNS) != 0) return false;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("none", kStage, "tmpfs", kFlags, "size=256k,nr_inodes=256,mode=755") != 0) return false;
  for (const ShownDirectory& shown : all) Show(shown);
  mount(nullptr, kStage, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | kFlags, nullptr);
  return chdir(kStage) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 &&
         umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

// What the process has of it now: a fork of the gate begins with a copy of the gate's.
uint64_t WritableMemory() {
  constexpr int kDataField = 6;
  std::ifstream fields("/proc/self/statm");
  uint64_t pages = 0;
  for (int field = 1; field <= kDataField; ++field) {
    if (!(fields >> pages)) return 0;
  }
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

Result<void> BoundResources(uint64_t memory) {
  TRY_VOID(
      LimitResources(std::array{ResourceBound{RLIMIT_CORE, 0}, ResourceBound{RLIMIT_MEMLOCK, 0},
                                ResourceBound{RLIMIT_NOFILE, kMaxChildFiles}}));
  if (kSanitized) return {};
  return LimitResources(std::array{ResourceBound{RLIMIT_DATA, memory + kMaxChildMemory}});
}

}  // namespace

ServiceAccount FindServiceAccount() {
  const passwd* const found = getpwnam(kServiceAccount);
  return found == nullptr ? ServiceAccount{} : ServiceAccount{found->pw_uid, found->pw_gid};
}

ServiceAccount NobodysAccount(Nobody which) {
  // The second ones are for user namespaces that do not map the first.
  constexpr uint32_t kFirst[] = {1'879'013'378, 1'879'013'379};
  constexpr uint32_t kSecond[] = {65'532, 65'531};
  const auto index = static_cast<size_t>(which);
  std::ifstream ranges("/proc/self/uid_map");
  uint64_t inside = 0, outside = 0, count = 0;
  while (ranges >> inside >> outside >> count) {
    if (kFirst[index] >= inside && kFirst[index] - inside < count) {
      return {kFirst[index], kFirst[index]};
    }
  }
  return {kSecond[index], kSecond[index]};
}

Result<void> EnterChildSandbox(const ChildSandbox& sandbox) {
  const uint64_t memory = WritableMemory();
  if (sandbox.has_own_root) EnterRootOf(sandbox.shown);  // best effort, see the header
  LeaveNetwork();
  DropBoundingSet();
  TRY_VOID(KeepCapabilitiesOverIds());
  TRY_VOID(ChangeIds(sandbox.account.uid, sandbox.account.gid, sandbox.groups));
  TRY_VOID(DropCapabilitiesBut(sandbox.capabilities));
  TRY_VOID(BoundResources(memory));
  TRY_VOID(CloseProcess());
  return InstallFilter(BuildChildFilter(sandbox.more_calls));
}

}  // namespace portcullis::enforcement
