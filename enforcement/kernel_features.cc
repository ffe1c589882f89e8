// SPDX-License-Identifier: Apache-2.0
#include "enforcement/kernel_features.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

#include "base/unique_fd.h"
#include "enforcement/kernel_constants.h"

namespace portcullis::enforcement {
namespace {

UniqueFd TryGroup(unsigned flags) {
  return UniqueFd(fanotify_init(flags | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC));
}

UniqueFd AnonymousFile() { return UniqueFd(memfd_create("portcullis-probe", MFD_CLOEXEC)); }

bool CanIgnoreEvictably() {
  const UniqueFd group = TryGroup(FAN_CLASS_NOTIF);
  const UniqueFd file = AnonymousFile();
  constexpr unsigned kFlags = FAN_MARK_ADD | FAN_MARK_IGNORE_SURV | FAN_MARK_EVICTABLE;
  return group.valid() && file.valid() &&
         fanotify_mark(group.get(), kFlags, FAN_OPEN, file.get(), nullptr) == 0;
}

// An answer is looked at before the event that it is for is looked up.
bool CanDenyWithErrno() {
  const UniqueFd group = TryGroup(FAN_CLASS_PRE_CONTENT);
  const fanotify_response response{0, FanDenyErrno(ETXTBSY)};
  return group.valid() && write(group.get(), &response, sizeof(response)) < 0 && errno == ENOENT;
}

// Flags are refused before the file is looked at, and a device is never executed.
bool HasExecveCheck() {
  std::array<char*, 1> none = {nullptr};
  return syscall(SYS_execveat, AT_FDCWD, "/dev/null", none.data(), none.data(), kAtExecveCheck) <
             0 &&
         errno != EINVAL && errno != ENOSYS;
}

bool HasPidfdInfo() {
  const UniqueFd self(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  PidfdInfo info = {};
  return self.valid() && ioctl(self.get(), kPidfdGetInfo, &info) == 0;
}

// EAGAIN: the file is open for writing, as it is here, which only a kernel with leases minds.
bool HasLeases() {
  const UniqueFd file = AnonymousFile();
  return file.valid() && (fcntl(file.get(), F_SETLEASE, F_RDLCK) == 0 || errno == EAGAIN);
}

int ReadNumber(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

}  // namespace

KernelVersion KernelVersion::Parse(std::string_view release) {
  KernelVersion version;
  version.major = ReadNumber(release);
  if (!release.starts_with('.')) return version;
  release.remove_prefix(1);
  version.minor = ReadNumber(release);
  return version;
}

KernelFeatures KernelFeatures::Probe() {
  KernelFeatures features;
  utsname name = {};
  if (uname(&name) == 0) features.release = static_cast<const char*>(name.release);
  features.version = KernelVersion::Parse(features.release);
  features.permission_events = TryGroup(FAN_CLASS_PRE_CONTENT).valid();
  features.unlimited_queue = TryGroup(FAN_CLASS_PRE_CONTENT | FAN_UNLIMITED_QUEUE).valid();
  features.thread_ids = TryGroup(FAN_CLASS_PRE_CONTENT | FAN_REPORT_TID).valid();
  features.evictable_marks = CanIgnoreEvictably();
  features.open_errors = TryGroup(FAN_CLASS_PRE_CONTENT | kFanReportFdError).valid();
  features.deny_with_errno = CanDenyWithErrno();
  features.mount_events = TryGroup(FAN_CLASS_NOTIF | kFanReportMnt).valid();
  features.execve_check = HasExecveCheck();
  features.pidfd_info = HasPidfdInfo();
  features.leases = HasLeases();
  return features;
}

std::vector<FeatureReport> Describe(const KernelFeatures& f) {
  return {
      {"permission events (CAP_SYS_ADMIN)", f.permission_events, true, "nothing can be denied"},
      {"unlimited event queue", f.unlimited_queue, true,
       "a full queue would let programs run unasked"},
      {"thread ids in events (Linux 4.20)", f.thread_ids, true,
       "it can not be told which thread asks"},
      {"read leases", f.leases, true, "a file could be changed between the look and the exec"},
      {"evictable ignore marks (Linux 6.0)", f.evictable_marks, false,
       "every exec is asked about, at the cost of a round trip"},
      {"errors of opening in events (Linux 6.13)", f.open_errors, false,
       "a file that can not be opened is denied without a record"},
      {"PIDFD_GET_INFO (Linux 6.13)", f.pidfd_info, false, "ids are read from /proc alone"},
      {"denial with an error number (Linux 6.14)", f.deny_with_errno, false,
       "a program that is being written is refused with EPERM instead of ETXTBSY"},
      {"AT_EXECVE_CHECK (Linux 6.14)", f.execve_check, false,
       "interpreters can not ask about scripts"},
      {"events of mounts (Linux 6.15)", f.mount_events, false,
       "new file systems are found through /proc/self/mountinfo"},
  };
}

}  // namespace portcullis::enforcement
