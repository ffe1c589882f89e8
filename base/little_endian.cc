// SPDX-License-Identifier: Apache-2.0
#include "base/little_endian.h"

#include "base/utf.h"

namespace portcullis {

std::string ToUtf16Le(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 2);
  while (!text.empty()) {
    const auto point = FirstCodePoint(text);
    const char32_t value = point ? point->value : U'\uFFFD';
    if (value < 0x10000) {
      AppendLe16(bytes, static_cast<uint16_t>(value));
    } else {
      AppendLe16(bytes, static_cast<uint16_t>(0xD800 + ((value - 0x10000) >> 10)));
      AppendLe16(bytes, static_cast<uint16_t>(0xDC00 + ((value - 0x10000) & 0x3FF)));
    }
    text.remove_prefix(point ? point->length : 1);
  }
  return bytes;
}

}  // namespace portcullis
