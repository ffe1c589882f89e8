// SPDX-License-Identifier: Apache-2.0
#include "formats/xml/escape.h"

#include "base/utf.h"

namespace portcullis::xml {
namespace {

constexpr std::string_view kEscaped = "&<>\"\t\n\r";

std::string_view ReferenceTo(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\t':
      return "&#x9;";
    case '\n':
      return "&#xA;";
    default:
      return "&#xD;";
  }
}

bool IsXmlCharacter(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0xFFFE && c != 0xFFFF;
}

}  // namespace

void AppendEscaped(std::string& out, std::string_view text) {
  while (true) {
    const size_t plain = text.find_first_of(kEscaped);
    out.append(text.substr(0, plain));
    if (plain == std::string_view::npos) return;
    out.append(ReferenceTo(text[plain]));
    text.remove_prefix(plain + 1);
  }
}

bool CanCarry(std::string_view text) {
  while (!text.empty()) {
    const auto first = FirstCodePoint(text);
    if (!first || !IsXmlCharacter(first->value)) return false;
    text.remove_prefix(first->length);
  }
  return true;
}

}  // namespace portcullis::xml
