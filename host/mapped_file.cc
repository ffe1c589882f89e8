// SPDX-License-Identifier: Apache-2.0
#include "host/mapped_file.h"

#include <fmt/core.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "host/read_file.h"

namespace portcullis {

Result<MappedFile> MapFile(const std::string& path, uint64_t limit) {
  const UniqueFd fd = TRY(OpenRegularFile(path, Links::kFollow));
  MappedFile file;
  if (fstat(fd.get(), &file.status) != 0) return Fail(ErrorCode::kIo, std::strerror(errno));
  const auto size = static_cast<uint64_t>(file.status.st_size);
  if (size > limit) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("{} bytes, at most {}", size, limit));
  }
  if (size == 0) return file;  // nothing to map
  void* const at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (at == MAP_FAILED) return Fail(ErrorCode::kIo, fmt::format("mmap: {}", std::strerror(errno)));
  file.owner = std::shared_ptr<const void>(
      at, [size](const void* mapped) { munmap(const_cast<void*>(mapped), size); });
  file.bytes = Bytes(static_cast<const uint8_t*>(at), size);
  return file;
}

}  // namespace portcullis
