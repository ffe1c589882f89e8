// SPDX-License-Identifier: Apache-2.0
#include "base/byte_source.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace portcullis {
namespace {

// Subtracts instead of adding: `offset` and `size` are the file's own claims.
bool Fits(uint64_t offset, uint64_t size, uint64_t total) {
  return offset <= total && size <= total - offset;
}

Unexpected PastEnd(uint64_t offset, uint64_t size, uint64_t total) {
  return Fail(ErrorCode::kTruncated,
              fmt::format("offset {}: wants {} bytes, the file has {}", offset, size, total));
}

}  // namespace

Result<std::vector<uint8_t>> ByteSource::Copy(uint64_t offset, uint64_t wanted,
                                              uint64_t limit) const {
  if (!Fits(offset, wanted, size())) return PastEnd(offset, wanted, size());
  if (wanted > limit) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("offset {}: {} bytes in one piece, at most {} are read", offset, wanted,
                            limit));
  }
  std::vector<uint8_t> copy(static_cast<size_t>(wanted));
  TRY_VOID(ReadAt(offset, copy));
  return copy;
}

Result<void> MemorySource::ReadAt(uint64_t offset, std::span<uint8_t> out) const {
  if (!Fits(offset, out.size(), size())) return PastEnd(offset, out.size(), size());
  if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  return {};
}

Result<FdSource> FdSource::Create(int borrowed_fd) {
  struct stat status {};
  if (fstat(borrowed_fd, &status) != 0) return Fail(ErrorCode::kIo, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kUnsupported, "not a regular file");
  return FdSource(borrowed_fd, static_cast<uint64_t>(status.st_size));
}

Result<void> FdSource::ReadAt(uint64_t offset, std::span<uint8_t> out) const {
  if (!Fits(offset, out.size(), size_)) return PastEnd(offset, out.size(), size_);
  size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(ErrorCode::kIo, std::strerror(errno));
    if (count == 0) return PastEnd(offset, out.size(), offset + done);
    done += static_cast<size_t>(count);
  }
  return {};
}

}  // namespace portcullis
