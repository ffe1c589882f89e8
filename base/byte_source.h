// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a file come from: the seam between parsers and the operating system.
//
// Shape:   a size that is fixed when the source is made, and positioned reads.
// Units:   bytes from the start of the file.
// Errors:  kTruncated for a read past the end (a file that shrank too), kIo with the system's
// reason. Lifetime: MemorySource views the caller's bytes; FdSource borrows the descriptor.
// Threads: ReadAt may be called from several threads at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills `out` wholly with the bytes at `offset`, or fails.
  virtual Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const = 0;

  // The `size` bytes at `offset` as an own copy. `limit` bounds the allocation: kLimitExceeded.
  Result<std::vector<uint8_t>> Copy(uint64_t offset, uint64_t size, uint64_t limit) const;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override;

 private:
  Bytes bytes_;
};

// A descriptor open for reading; pread, so the file position is left alone.
class FdSource final : public ByteSource {
 public:
  // Takes the size by fstat. kUnsupported for what is not a regular file.
  static Result<FdSource> Create(int borrowed_fd);
  uint64_t size() const override { return size_; }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override;

 private:
  FdSource(int fd, uint64_t size) : fd_(fd), size_(size) {}
  int fd_;
  uint64_t size_;
};

}  // namespace portcullis
