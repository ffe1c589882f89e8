// SPDX-License-Identifier: Apache-2.0
#include "eventlog/visible_text.h"

#include <fmt/core.h>

#include "base/utf.h"

namespace portcullis::eventlog {
namespace {

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

// Separators that end a line for some readers, and marks that make a name read as another.
bool IsTreacherous(char32_t c) {
  return c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool IsHidden(char32_t c) { return IsControl(c) || IsTreacherous(c); }

// Calls `on_character` with each character and its bytes, `on_byte` with each byte that is of none.
template <typename OnCharacter, typename OnByte>
void ForEach(std::string_view bytes, OnCharacter on_character, OnByte on_byte) {
  while (!bytes.empty()) {
    const auto first = FirstCodePoint(bytes);
    if (first) {
      on_character(first->value, bytes.substr(0, first->length));
    } else {
      on_byte(static_cast<uint8_t>(bytes.front()));
    }
    bytes.remove_prefix(first ? first->length : 1);
  }
}

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

// `_xHHHH_` stands at the front.
bool BeginsWithNotation(std::string_view text) {
  if (text.size() < 7 || text[0] != '_' || (text[1] != 'x' && text[1] != 'X') || text[6] != '_') {
    return false;
  }
  return IsHexDigit(text[2]) && IsHexDigit(text[3]) && IsHexDigit(text[4]) && IsHexDigit(text[5]);
}

}  // namespace

std::string VisibleUtf8(std::string_view bytes) {
  if (IsValidUtf8(bytes)) return std::string(bytes);
  std::string text;
  ForEach(
      bytes, [&](char32_t, std::string_view character) { text += character; },
      [&](uint8_t byte) { text += fmt::format("\\x{:02X}", byte); });
  return text;
}

std::string VisibleLine(std::string_view bytes, LineBreaks breaks) {
  std::string text;
  const auto write = [&](char32_t c, std::string_view character) {
    const bool is_kept = c == '\n' && breaks == LineBreaks::kKept;
    if (!IsHidden(c) || is_kept) {
      text += character;
    } else if (c < 0x80) {
      text += fmt::format("\\x{:02X}", static_cast<uint32_t>(c));
    } else {
      text += fmt::format("\\u{{{:04X}}}", static_cast<uint32_t>(c));
    }
  };
  ForEach(bytes, write, [&](uint8_t byte) { text += fmt::format("\\x{:02X}", byte); });
  return text;
}

std::string VisibleXml(std::string_view bytes) {
  std::string text;
  const auto write = [&](char32_t c, std::string_view character) {
    const std::string_view rest(
        character.data(), bytes.size() - static_cast<size_t>(character.data() - bytes.data()));
    if (IsHidden(c) || c == 0xFFFE || c == 0xFFFF || (c == '_' && BeginsWithNotation(rest))) {
      text += fmt::format("_x{:04X}_", static_cast<uint32_t>(c));
    } else {
      text += character;
    }
  };
  ForEach(bytes, write, [&](uint8_t byte) { text += fmt::format("_xDC{:02X}_", byte); });
  return text;
}

size_t Utf16Length(std::string_view utf8) {
  size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xC0) != 0x80) units += byte >= 0xF0 ? 2U : 1U;
  }
  return units;
}

std::string CutUtf16(std::string_view utf8, size_t units) {
  constexpr std::string_view kCut = "...";
  if (Utf16Length(utf8) <= units) return std::string(utf8);
  size_t kept = 0;
  size_t used = 0;
  while (const auto next = FirstCodePoint(utf8.substr(kept))) {
    used += next->value > 0xFFFF ? 2U : 1U;
    if (used + kCut.size() > units) break;
    kept += next->length;
  }
  return std::string(utf8.substr(0, kept)).append(kCut);
}

}  // namespace portcullis::eventlog
