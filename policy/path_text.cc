// SPDX-License-Identifier: Apache-2.0
#include "policy/path_text.h"

#include <algorithm>

#include "base/utf.h"

namespace portcullis {
namespace {

bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool IsMacroCharacter(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '_'; }

// Bytes of the strict UTF-8 character in front of `text`, or 0.
size_t Utf8Length(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  const size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || length > text.size() || !IsValidUtf8(text.substr(0, length))) return 0;
  return length;
}

// Four bytes of UTF-8 as two surrogates of three bytes.
void AppendSurrogates(std::string& out, std::string_view character) {
  const auto bits = [&](size_t i, unsigned mask) {
    return static_cast<uint32_t>(static_cast<uint8_t>(character[i]) & mask);
  };
  const uint32_t code_point =
      bits(0, 0x07) << 18 | bits(1, 0x3F) << 12 | bits(2, 0x3F) << 6 | bits(3, 0x3F);
  AppendUtf8(out, 0xD800 + ((code_point - 0x10000) >> 10));
  AppendUtf8(out, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
}

CasedText WithFrontInUpperCase(std::string_view text) {
  const size_t front = FrontLength(text);
  CasedText result;
  result.exact = ToAlphabet(UpperCase(text.substr(0, front))) + ToAlphabet(text.substr(front));
  result.upper = ToAlphabet(UpperCase(text));
  return result;
}

void ReplaceInBoth(CasedText& text, char from, char to) {
  std::ranges::replace(text.exact, from, to);
  std::ranges::replace(text.upper, from, to);
}

}  // namespace

size_t FrontLength(std::string_view text) {
  if (text.size() >= 2 && IsLetter(text[0]) && text[1] == ':') return 2;
  if (text.empty() || text[0] != '%') return 0;
  const size_t end = text.find('%', 1);
  if (end == std::string_view::npos || end == 1) return 0;
  return std::ranges::all_of(text.substr(1, end - 1), IsMacroCharacter) ? end + 1 : 0;
}

PathKind KindOfPath(std::string_view text) {
  return text.substr(FrontLength(text)).starts_with('/') ? PathKind::kHost : PathKind::kWindows;
}

std::string ToAlphabet(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) {
      const auto byte = static_cast<uint8_t>(text[0]);
      out.append({kRawByteMark, static_cast<char>(0x80 | byte >> 4),
                  static_cast<char>(0x80 | (byte & 0x0F))});
    } else if (length == 4) {
      AppendSurrogates(out, text);
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

CasedText PathToAlphabet(std::string_view path, PathKind kind) {
  CasedText text = WithFrontInUpperCase(path);
  if (kind == PathKind::kHost) {
    ReplaceInBoth(text, '\\', kBackslashInName);
    ReplaceInBoth(text, '/', kSeparator);
  }
  return text;
}

CasedText PatternToAlphabet(std::string_view pattern, PathKind kind) {
  CasedText text = WithFrontInUpperCase(pattern);
  if (kind == PathKind::kHost) ReplaceInBoth(text, '/', kSeparator);
  return text;
}

}  // namespace portcullis
