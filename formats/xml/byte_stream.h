// SPDX-License-Identifier: Apache-2.0
// Bytes that come one piece after the other: what an XML document is read from.
//
// Shape:   ReadSome fills the front of `out` and says how much; 0 is the end.
// Errors:  those of the source behind it.
// Lifetime: SourceStream borrows its ByteSource.
// Threads: one reader at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::xml {

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual Result<size_t> ReadSome(std::span<uint8_t> out) = 0;
};

// A ByteSource from its first byte to its last.
class SourceStream final : public ByteStream {
 public:
  explicit SourceStream(const ByteSource& source) : source_(source) {}

  Result<size_t> ReadSome(std::span<uint8_t> out) override {
    const uint64_t left = source_.size() - offset_;
    const auto size = static_cast<size_t>(std::min<uint64_t>(out.size(), left));
    TRY_VOID(source_.ReadAt(offset_, out.first(size)));
    offset_ += size;
    return size;
  }

 private:
  const ByteSource& source_;
  uint64_t offset_ = 0;
};

}  // namespace portcullis::xml
