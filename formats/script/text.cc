// SPDX-License-Identifier: Apache-2.0
#include "formats/script/text.h"

#include <algorithm>
#include <string_view>

#include "base/utf.h"

namespace portcullis::script {
namespace {

using namespace std::string_view_literals;

// Windows-1252 from 0x80 to 0x9F; above it is Latin-1. Windows keeps the five bytes that stand for
// nothing as they are, so that no two bytes mean the same.
constexpr std::u16string_view kC1Of1252 =
    u"\u20AC\x0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\x008D\u017D"
    u"\x008F"
    u"\x0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\x009D\u017E\u0178"sv;
static_assert(kC1Of1252.size() == 32);

// How long a character of UTF-8 is by its first byte; 1 for a byte that begins none.
size_t LengthByFirstByte(uint8_t first) {
  if (first >= 0xF0) return 4;
  if (first >= 0xE0) return 3;
  return first >= 0xC0 ? 2 : 1;
}

}  // namespace

std::optional<ByteOrderMark> ReadByteOrderMark(Bytes head) {
  const std::string_view text = AsText(head);
  if (text.starts_with("\xEF\xBB\xBF")) return ByteOrderMark{TextEncoding::kUtf8, 3};
  if (text.starts_with("\xFF\xFE")) return ByteOrderMark{TextEncoding::kUtf16Le, 2};
  if (text.starts_with("\xFE\xFF")) return ByteOrderMark{TextEncoding::kUtf16Be, 2};
  return std::nullopt;
}

bool TextDecoder::Decode(Bytes piece, std::vector<uint8_t>& utf16le) {
  switch (encoding_) {
    case TextEncoding::kUtf8:
      return DecodeUtf8(piece, utf16le);
    case TextEncoding::kUtf16Le:
    case TextEncoding::kUtf16Be:
      DecodeUtf16(piece, utf16le);
      return true;
    case TextEncoding::kWindows1252:
      Decode1252(piece, utf16le);
      return true;
  }
  return false;
}

bool TextDecoder::DecodeUtf8(Bytes piece, std::vector<uint8_t>& utf16le) {
  std::string joined;
  std::string_view text = AsText(piece);
  if (!cut_.empty()) {
    joined = cut_;
    joined += text;
    text = joined;
    cut_.clear();
  }
  while (!text.empty()) {
    const auto first = static_cast<uint8_t>(text.front());
    if (first < 0x80) {
      Append(first, utf16le);
      text.remove_prefix(1);
      continue;
    }
    const auto character = FirstCodePoint(text);
    if (!character) {
      if (text.size() >= LengthByFirstByte(first)) return false;
      cut_ = text;
      return true;
    }
    if (character->value > 0xFFFF) {
      const char32_t above = character->value - 0x10000;
      Append(static_cast<char16_t>(0xD800 + (above >> 10)), utf16le);
      Append(static_cast<char16_t>(0xDC00 + (above & 0x3FF)), utf16le);
    } else {
      Append(static_cast<char16_t>(character->value), utf16le);
    }
    text.remove_prefix(character->length);
  }
  return true;
}

void TextDecoder::DecodeUtf16(Bytes piece, std::vector<uint8_t>& utf16le) {
  const bool is_little = encoding_ == TextEncoding::kUtf16Le;
  for (const uint8_t byte : piece) {
    if (cut_.empty()) {
      cut_ = static_cast<char>(byte);
      continue;
    }
    const auto first = static_cast<uint8_t>(cut_.front());
    const uint8_t high = is_little ? byte : first;
    const uint8_t low = is_little ? first : byte;
    Append(static_cast<char16_t>(high << 8 | low), utf16le);
    cut_.clear();
  }
}

void TextDecoder::Decode1252(Bytes piece, std::vector<uint8_t>& utf16le) {
  for (const uint8_t byte : piece) {
    const bool is_special = byte >= 0x80 && byte < 0x80 + kC1Of1252.size();
    Append(is_special ? kC1Of1252[byte - 0x80U] : char16_t{byte}, utf16le);
  }
}

void TextDecoder::Append(char16_t unit, std::vector<uint8_t>& utf16le) {
  if (unit >= 0x80) is_ascii_ = false;
  utf16le.push_back(static_cast<uint8_t>(unit & 0xFF));
  utf16le.push_back(static_cast<uint8_t>(unit >> 8));
}

}  // namespace portcullis::script
