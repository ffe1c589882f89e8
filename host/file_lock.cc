// SPDX-License-Identifier: Apache-2.0
#include "host/file_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"

namespace portcullis {
namespace {

constexpr useconds_t kPauseUs = 10'000;

Unexpected Refused(const std::string& path) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

Result<UniqueFd> LockFile(const std::string& path, std::chrono::milliseconds patience) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return Refused(path);
  const int64_t end = MonotonicNs() + std::chrono::nanoseconds(patience).count();
  while (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return Refused(path);
    if (MonotonicNs() > end) {
      return Fail(ErrorCode::kLimitExceeded, fmt::format("{}: another process has the lock", path));
    }
    usleep(kPauseUs);
  }
  return fd;
}

}  // namespace portcullis
