// SPDX-License-Identifier: Apache-2.0
#include "host/thread_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace portcullis {
namespace {

constexpr size_t kPiece = 4096;  // what procfs gives at once

Unexpected System(const char* name, int error) {
  // ESRCH: the thread ended between the open and the read.
  const bool is_gone = error == ENOENT || error == ESRCH;
  return Fail(is_gone ? ErrorCode::kNotFound : ErrorCode::kIo,
              fmt::format("/proc/TID/{}: {}", name, std::strerror(error)));
}

Unexpected TooLong(const char* name, size_t limit) {
  return Fail(ErrorCode::kLimitExceeded,
              fmt::format("/proc/TID/{}: more than {} bytes", name, limit));
}

Result<UniqueFd> Open(pid_t tid, const char* name) {
  UniqueFd fd(open(ThreadFilePath(tid, name).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) return System(name, errno);
  return fd;
}

}  // namespace

std::string ThreadFilePath(pid_t tid, const char* name) {
  return fmt::format("/proc/{}/{}", tid, name);
}

Result<std::string> ReadThreadFile(pid_t tid, const char* name, size_t limit) {
  const UniqueFd fd = TRY(Open(tid, name));
  std::string text;
  std::array<char, kPiece> piece;
  while (true) {
    const ssize_t count = read(fd.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return System(name, errno);
    if (count == 0) return text;
    if (static_cast<size_t>(count) > limit - text.size()) return TooLong(name, limit);
    text.append(piece.data(), static_cast<size_t>(count));
  }
}

Result<std::string> ReadThreadRecord(pid_t tid, const char* name, size_t limit) {
  const UniqueFd fd = TRY(Open(tid, name));
  std::string text(limit + 1, '\0');
  ssize_t count = 0;
  do {
    count = read(fd.get(), text.data(), text.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) return System(name, errno);
  if (static_cast<size_t>(count) > limit) return TooLong(name, limit);
  text.resize(static_cast<size_t>(count));
  return text;
}

}  // namespace portcullis
