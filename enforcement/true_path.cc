// SPDX-License-Identifier: Apache-2.0
#include "enforcement/true_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace portcullis::enforcement {
namespace {

Result<FileStatus> Look(int directory, const std::string& path, uint64_t resolve) {
  open_how how = {};
  how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = resolve | RESOLVE_NO_SYMLINKS;
  const UniqueFd fd(
      static_cast<int>(syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how))));
  if (fd.valid()) return ReadFileStatus(fd.get());
  if (errno == EAGAIN) return Fail(ErrorCode::kLimitExceeded, "not in the name cache");
  const bool is_absent = errno == ENOENT || errno == ENOTDIR || errno == ELOOP;
  return Fail(is_absent ? ErrorCode::kNotFound : ErrorCode::kIo, std::strerror(errno));
}

}  // namespace

Result<FileStatus> LookAt(const std::string& path, Lookup lookup) {
  return Look(AT_FDCWD, path, lookup == Lookup::kMayWait ? 0 : RESOLVE_CACHED);
}

Result<FileStatus> LookAtBelow(int root, const std::string& path) {
  return Look(root, path, RESOLVE_IN_ROOT);
}

}  // namespace portcullis::enforcement
