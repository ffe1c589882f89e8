// SPDX-License-Identifier: Apache-2.0
#include "host/held_file.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "base/byte_source.h"

namespace portcullis {
namespace {

Unexpected IoError(const char* what) {
  return Fail(ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(errno)));
}

bool OnlyRootOrWeCanWrite(const struct stat& status) {
  return (status.st_uid == 0 || status.st_uid == geteuid()) &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

HeldBytes Hold(void* at, size_t size) {
  return {std::shared_ptr<const void>(
              at, [size](const void* held) { munmap(const_cast<void*>(held), size); }),
          Bytes(static_cast<const uint8_t*>(at), size)};
}

Result<HeldBytes> Map(int fd, size_t size) {
  void* const at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  if (at == MAP_FAILED) return IoError("mmap");
  return Hold(at, size);
}

// Read-only once it is filled: what decides can not be overwritten by mistake.
Result<HeldBytes> CopyOf(const FdSource& source, size_t size) {
  void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return IoError("mmap");
  HeldBytes held = Hold(at, size);
  // Large pages, where the kernel has some: fetching thousands of small ones takes longer than
  // reading the file into them.
  static_cast<void>(madvise(at, size, MADV_HUGEPAGE));
  TRY_VOID(source.ReadAt(0, {static_cast<uint8_t*>(at), size}));
  if (mprotect(at, size, PROT_READ) != 0) return IoError("mprotect");
  return held;
}

}  // namespace

Result<HeldBytes> HoldFile(int borrowed_fd, uint64_t limit, Holding holding) {
  struct stat status {};
  if (fstat(borrowed_fd, &status) != 0) return IoError("fstat");
  const FdSource source = TRY(FdSource::Create(borrowed_fd));
  if (source.size() > limit) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} bytes, at most {}", source.size(), limit));
  }
  const auto size = static_cast<size_t>(source.size());
  if (size == 0) return HeldBytes{};
  if (holding == Holding::kMapWhereSafe && OnlyRootOrWeCanWrite(status)) {
    return Map(borrowed_fd, size);
  }
  return CopyOf(source, size);
}

}  // namespace portcullis
