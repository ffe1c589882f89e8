// SPDX-License-Identifier: Apache-2.0
// The text of a script as UTF-16, which is what its signature digests.
//
// Shape:   ReadByteOrderMark tells the encoding where a file says it; TextDecoder takes the bytes
//          piece by piece and appends units of UTF-16, low byte first.
// Limits:  memory is that of the piece; a character may be cut anywhere between pieces.
// Errors:  none: a decoder says that the bytes are not of its encoding, and the caller what
// follows. Threads: a decoder belongs to one thread. Source:  docs/formats/script.md; the Unicode
// standard, chapter 3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace portcullis::script {

enum class TextEncoding : uint8_t { kUtf8, kUtf16Le, kUtf16Be, kWindows1252 };

// Bytes of one unit of the encoding: 1 or 2.
constexpr size_t UnitSize(TextEncoding encoding) {
  return encoding == TextEncoding::kUtf16Le || encoding == TextEncoding::kUtf16Be ? 2 : 1;
}

struct ByteOrderMark {
  TextEncoding encoding = TextEncoding::kUtf8;
  size_t size = 0;
};
inline constexpr size_t kMaxByteOrderMark = 3;
// Of the first bytes of a file; nothing where they are no mark.
std::optional<ByteOrderMark> ReadByteOrderMark(Bytes head);

class TextDecoder {
 public:
  explicit TextDecoder(TextEncoding encoding) : encoding_(encoding) {}

  // Appends what `piece` goes on with. False where the bytes so far are not of the encoding: not
  // strict UTF-8. Any two bytes are UTF-16, and any one is Windows-1252.
  bool Decode(Bytes piece, std::vector<uint8_t>& utf16le);
  // No character is cut off at the end.
  bool IsComplete() const { return cut_.empty(); }
  // No character beyond U+007F was seen.
  bool is_ascii() const { return is_ascii_; }

 private:
  bool DecodeUtf8(Bytes piece, std::vector<uint8_t>& utf16le);
  void DecodeUtf16(Bytes piece, std::vector<uint8_t>& utf16le);
  void Decode1252(Bytes piece, std::vector<uint8_t>& utf16le);
  void Append(char16_t unit, std::vector<uint8_t>& utf16le);

  TextEncoding encoding_;
  std::string cut_;  // the beginning of a character, at the end of the last piece
  bool is_ascii_ = true;
};

}  // namespace portcullis::script
