// SPDX-License-Identifier: Apache-2.0
#include "security/attribute_name.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/little_endian.h"
#include "base/utf.h"
#include "security/ascii.h"

namespace portcullis {
namespace {

constexpr std::string_view kSimplePunctuation = ":./_";
constexpr std::string_view kPrefixedPunctuation = ":./_#$'*+-;?@[\\]^`{}~";

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

bool StandsForItself(char c, AttributeNameForm form) {
  const auto punctuation =
      form == AttributeNameForm::kSimple ? kSimplePunctuation : kPrefixedPunctuation;
  return IsAsciiAlphanumeric(c) || (c != '\0' && punctuation.find(c) != std::string_view::npos);
}

// The code unit of "%XXXX" at the front of `text`.
std::optional<uint16_t> CodeUnit(std::string_view text) {
  if (text.size() < 5) return std::nullopt;
  unsigned unit = 0;
  for (const char c : text.substr(1, 4)) {
    if (HexDigitValue(c) < 0) return std::nullopt;
    unit = unit << 4 | static_cast<unsigned>(HexDigitValue(c));
  }
  return static_cast<uint16_t>(unit);
}

}  // namespace

bool IsSimpleNameChar(char c) {
  return !IsAscii(c) || c == '%' || StandsForItself(c, AttributeNameForm::kSimple);
}
bool IsPrefixedNameChar(char c) {
  return !IsAscii(c) || c == '%' || StandsForItself(c, AttributeNameForm::kPrefixed);
}

std::optional<std::string> DecodeAttributeName(std::string_view text) {
  std::string units;
  while (!text.empty()) {
    if (text.front() == '%') {
      const auto unit = CodeUnit(text);
      if (!unit) return std::nullopt;
      AppendLe16(units, *unit);
      text.remove_prefix(5);
      continue;
    }
    const std::string_view plain = text.substr(0, text.find('%'));
    if (!IsValidUtf8(plain)) return std::nullopt;
    units += ToUtf16Le(plain);
    text.remove_prefix(plain.size());
  }
  const auto name = Utf16LeToUtf8(AsBytes(units));
  if (!name) return std::nullopt;
  return *name;
}

std::string EncodeAttributeName(std::string_view name, AttributeNameForm form) {
  std::string text;
  while (!name.empty()) {
    if (StandsForItself(name.front(), form)) {
      text += name.front();
      name.remove_prefix(1);
      continue;
    }
    const auto point = FirstCodePoint(name);
    const size_t length = point ? point->length : 1;
    const std::string units = ToUtf16Le(name.substr(0, length));
    for (size_t i = 0; i < units.size(); i += 2) {
      text += fmt::format("%{:02x}{:02x}", static_cast<uint8_t>(units[i + 1]),
                          static_cast<uint8_t>(units[i]));
    }
    name.remove_prefix(length);
  }
  return text;
}

}  // namespace portcullis
