// SPDX-License-Identifier: Apache-2.0
#include "base/utf.h"

#include <fmt/core.h>

#include <optional>

#include "base/upcase_table.h"

namespace portcullis {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// FirstCodePoint, here so that the loops below can inline it.
std::optional<CodePoint> DecodeUtf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const auto is_continuation = [&](size_t i) {
    return i < text.size() && (byte(i) & 0xC0) == 0x80;
  };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return CodePoint{lead, 1};
  size_t length = 0;
  char32_t code_point = 0;
  char32_t smallest = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, code_point = lead & 0x1FU, smallest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, code_point = lead & 0x0FU, smallest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, code_point = lead & 0x07U, smallest = 0x10000;
  } else {
    return std::nullopt;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!is_continuation(i)) return std::nullopt;
    code_point = (code_point << 6) | (byte(i) & 0x3FU);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest || code_point > 0x10FFFF || is_surrogate) return std::nullopt;
  return CodePoint{code_point, length};
}

enum class ByteOrder { kLittle, kBig };
enum class OnBadText { kFail, kReplace };

char16_t UnitAt(Bytes bytes, size_t i, ByteOrder order) {
  const unsigned first = bytes[i];
  const unsigned second = bytes[i + 1];
  return static_cast<char16_t>(order == ByteOrder::kLittle ? first | (second << 8)
                                                           : (first << 8) | second);
}

Result<std::string> DecodeUtf16(Bytes bytes, ByteOrder order, OnBadText on_bad) {
  std::string text;
  text.reserve(bytes.size() / 2);
  size_t i = 0;
  while (i + 1 < bytes.size()) {
    const char16_t unit = UnitAt(bytes, i, order);
    i += 2;
    if (unit < 0xD800 || unit > 0xDFFF) {
      AppendUtf8(text, unit);
      continue;
    }
    const char16_t next = i + 1 < bytes.size() ? UnitAt(bytes, i, order) : u'\0';
    if (unit <= 0xDBFF && next >= 0xDC00 && next <= 0xDFFF) {
      AppendUtf8(text, 0x10000U + ((unit - 0xD800U) << 10) + (next - 0xDC00U));
      i += 2;
    } else if (on_bad == OnBadText::kReplace) {
      AppendUtf8(text, kReplacement);
    } else {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("UTF-16 text: offset {}: unpaired surrogate", i - 2));
    }
  }
  if (i < bytes.size()) {
    if (on_bad == OnBadText::kFail) {
      return Fail(ErrorCode::kMalformed, "UTF-16 text: odd number of bytes");
    }
    AppendUtf8(text, kReplacement);
  }
  return text;
}

}  // namespace

std::optional<CodePoint> FirstCodePoint(std::string_view text) { return DecodeUtf8(text); }

void AppendUtf8(std::string& text, char32_t code_point) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | (code_point >> 6));
    put(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    put(0xE0 | (code_point >> 12));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  } else {
    put(0xF0 | (code_point >> 18));
    put(0x80 | ((code_point >> 12) & 0x3F));
    put(0x80 | ((code_point >> 6) & 0x3F));
    put(0x80 | (code_point & 0x3F));
  }
}

char16_t UpperCase(char16_t unit) {
  if (unit < 0x80) return unit >= u'a' && unit <= u'z' ? static_cast<char16_t>(unit - 32) : unit;
  return UpcaseTableLookup(unit);
}

std::string UpperCase(std::string_view text) {
  std::string upper;
  upper.reserve(text.size());
  while (!text.empty()) {
    const std::optional<CodePoint> decoded = DecodeUtf8(text);
    if (!decoded || decoded->value > 0xFFFF) {
      const size_t length = decoded ? decoded->length : 1;
      upper.append(text.substr(0, length));
      text.remove_prefix(length);
      continue;
    }
    AppendUtf8(upper, UpperCase(static_cast<char16_t>(decoded->value)));
    text.remove_prefix(decoded->length);
  }
  return upper;
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::optional<CodePoint> decoded = DecodeUtf8(text);
    if (!decoded) return false;
    text.remove_prefix(decoded->length);
  }
  return true;
}

std::string LossyUtf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::optional<CodePoint> decoded = DecodeUtf8(bytes);
    const size_t length = decoded ? decoded->length : 1;
    if (decoded) {
      text += bytes.substr(0, length);
    } else {
      AppendUtf8(text, kReplacement);
    }
    bytes.remove_prefix(length);
  }
  return text;
}

Result<std::string> Utf16LeToUtf8(Bytes bytes) {
  return DecodeUtf16(bytes, ByteOrder::kLittle, OnBadText::kFail);
}
Result<std::string> Utf16BeToUtf8(Bytes bytes) {
  return DecodeUtf16(bytes, ByteOrder::kBig, OnBadText::kFail);
}
std::string Utf16LeToUtf8Lossy(Bytes bytes) {
  return DecodeUtf16(bytes, ByteOrder::kLittle, OnBadText::kReplace).value_or(std::string());
}

}  // namespace portcullis
