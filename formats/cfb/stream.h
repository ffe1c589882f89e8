// SPDX-License-Identifier: Apache-2.0
// A part of a file that stands in several places of it, as one run of bytes.
//
// Shape:   a list of extents; Stream reads through them as if they stood one behind the other.
// Units:   bytes.
// Errors:  those of ByteSource.
// Lifetime: a Stream views the file's source and the list; both must outlive it.
// Threads: as the source.
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::cfb {

// Bytes that stand together; where they end, the next extent begins, or the stream ends.
struct Extent {
  uint64_t begin = 0;   // in the stream
  uint64_t offset = 0;  // in the file
};

class ExtentList {
 public:
  uint64_t size() const { return size_; }
  size_t count() const { return extents_.size(); }
  // Adds `size` bytes at `offset` of the file; true where that took an extent of its own.
  bool Append(uint64_t offset, uint64_t size);

  // The run of the file that holds the stream's byte at `position`, from that byte on. `position`
  // is below size().
  struct Run {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  Run Locate(uint64_t position) const;

 private:
  std::vector<Extent> extents_;
  uint64_t size_ = 0;
  uint64_t file_end_ = 0;  // where the last extent ends in the file
};

class Stream final : public ByteSource {
 public:
  Stream(const ByteSource& file, const ExtentList& extents) : file_(&file), extents_(&extents) {}
  uint64_t size() const override { return extents_->size(); }
  Result<void> ReadAt(uint64_t offset, std::span<uint8_t> out) const override;

 private:
  const ByteSource* file_;
  const ExtentList* extents_;
};

}  // namespace portcullis::cfb
