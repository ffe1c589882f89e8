// SPDX-License-Identifier: Apache-2.0
#include "host/read_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace portcullis {
namespace {

constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr size_t kPiece = 64 << 10;

Unexpected System() { return Fail(ErrorCode::kIo, std::strerror(errno)); }

int OpenWithoutLinks(const std::string& path) {
  // A kernel before 5.6, or a filter that does not know the call, says so once.
  static std::atomic<bool> has_openat2 = true;
  if (has_openat2.load(std::memory_order_relaxed)) {
    open_how how = {};
    how.flags = kOpenFlags | O_NOFOLLOW;
    how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const long fd = syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof(how));
    if (fd >= 0) return static_cast<int>(fd);
    if (errno != ENOSYS && errno != EPERM) return -1;
    if (errno == ENOSYS) has_openat2.store(false, std::memory_order_relaxed);
  }
  return open(path.c_str(), kOpenFlags | O_NOFOLLOW);
}

const char* KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory";
  if (S_ISFIFO(mode)) return "is a pipe, not a regular file";
  if (S_ISSOCK(mode)) return "is a socket, not a regular file";
  if (S_ISLNK(mode)) return "is a symbolic link, not a regular file";
  return "is a device, not a regular file";
}

Result<void> RequireRegular(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return {};
  return Fail(ErrorCode::kUnsupported, KindOf(status.st_mode));
}

}  // namespace

Result<UniqueFd> OpenRegularFile(const std::string& path, Links links) {
  struct stat status {};
  if (links == Links::kFollow) {
    // Opening a device can have effects: look before.
    if (stat(path.c_str(), &status) != 0) return System();
    TRY_VOID(RequireRegular(status));
  }
  UniqueFd fd(links == Links::kFollow ? open(path.c_str(), kOpenFlags) : OpenWithoutLinks(path));
  if (!fd.valid()) return System();
  if (fstat(fd.get(), &status) != 0) return System();
  TRY_VOID(RequireRegular(status));
  return fd;
}

Result<std::string> ReadFile(const std::string& path, uint64_t limit) {
  const UniqueFd fd = TRY(OpenRegularFile(path, Links::kFollow));
  return ReadAll(fd.get(), limit);
}

Result<std::string> ReadAll(int fd, uint64_t limit) {
  std::string content;
  char piece[kPiece];
  while (true) {
    const ssize_t count = read(fd, piece, sizeof(piece));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return System();
    if (count == 0) return content;
    if (static_cast<uint64_t>(count) > limit - content.size()) {
      return Fail(ErrorCode::kLimitExceeded, fmt::format("more than {} bytes", limit));
    }
    content.append(piece, static_cast<size_t>(count));
  }
}

}  // namespace portcullis
