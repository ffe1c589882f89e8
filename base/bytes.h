// SPDX-License-Identifier: Apache-2.0
// Reading bytes that an attacker wrote.
//
// Shape:   Bytes is a view of read-only bytes; le16, le32 and le64 are integers as they stand in a
//          file, so that a struct of them mirrors a format; ByteReader advances through a view.
// Units:   offsets and sizes are bytes. Offsets in messages count from the reader's `base_offset`.
// Limits:  only ByteReader does arithmetic on offsets; it subtracts from what is left, so a hostile
//          length can not wrap around.
// Errors:  kTruncated when more is asked for than is left.
// Lifetime: views; the bytes must outlive them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/result.h"

namespace portcullis {

using Bytes = std::span<const uint8_t>;

inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A little-endian unsigned integer without alignment, convertible to the host's own.
template <typename T>
struct LittleEndian {
  std::array<uint8_t, sizeof(T)> bytes;

  constexpr T value() const {
    T result = 0;
    for (size_t i = sizeof(T); i-- > 0;) result = static_cast<T>((result << 8) | bytes[i]);
    return result;
  }
  constexpr operator T() const { return value(); }  // NOLINT(google-explicit-constructor)
};
template <>
constexpr uint8_t LittleEndian<uint8_t>::value() const {
  return bytes[0];
}
using le16 = LittleEndian<uint16_t>;
using le32 = LittleEndian<uint32_t>;
using le64 = LittleEndian<uint64_t>;

class ByteReader {
 public:
  // `what` names the format in messages and must outlive the reader (a literal).
  explicit ByteReader(Bytes bytes, std::string_view what, uint64_t base_offset = 0)
      : bytes_(bytes), what_(what), base_offset_(base_offset) {}

  size_t remaining() const { return bytes_.size() - position_; }
  size_t position() const { return position_; }
  uint64_t offset() const { return base_offset_ + position_; }
  bool empty() const { return remaining() == 0; }

  // A T that mirrors the format: trivially copyable, alignment 1.
  template <typename T>
  Result<T> Read() {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
    if (sizeof(T) > remaining()) return Truncated(sizeof(T));
    T value;
    std::memcpy(&value, bytes_.data() + position_, sizeof(T));
    position_ += sizeof(T);
    return value;
  }
  Result<Bytes> ReadBytes(uint64_t size) {
    if (size > remaining()) return Truncated(size);
    Bytes result = bytes_.subspan(position_, static_cast<size_t>(size));
    position_ += static_cast<size_t>(size);
    return result;
  }
  Result<void> Skip(uint64_t size) {
    if (size > remaining()) return Truncated(size);
    position_ += static_cast<size_t>(size);
    return {};
  }
  // Moves to `position` bytes from the start of the view.
  Result<void> Seek(uint64_t position) {
    if (position > bytes_.size()) return Truncated(position - position_);
    position_ = static_cast<size_t>(position);
    return {};
  }
  // Moves forward to the next multiple of `alignment` (a power of two) from the start, or to the
  // end.
  void AlignTo(size_t alignment);

 private:
  Unexpected Truncated(uint64_t wanted) const;

  Bytes bytes_;
  std::string_view what_;
  uint64_t base_offset_;
  size_t position_ = 0;
};

// "0x" is not written; upper case. The inverse refuses an odd count and any other character.
std::string HexUpper(Bytes bytes);
std::string HexLower(Bytes bytes);
Result<std::string> FromHex(std::string_view hex);

}  // namespace portcullis
