// SPDX-License-Identifier: Apache-2.0
#include "formats/xml/tag_scanner.h"

namespace portcullis::xml {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// CR LF, CR and LF are one line end each.
Position Advance(Position position, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_cr_of_crlf = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if (is_cr_of_crlf || IsContinuation(text[i])) continue;
    if (text[i] == '\n' || text[i] == '\r') {
      ++position.line;
      position.column = 1;
    } else {
      ++position.column;
    }
  }
  return position;
}

// The text up to the first of `stops` from `from` on.
std::string_view UpTo(std::string_view text, size_t from, std::string_view stops) {
  return text.substr(from, text.find_first_of(stops, from) - from);
}

bool IsNamed(std::string_view name, std::string_view prefix, std::string_view local) {
  if (prefix.empty()) return name == local;
  return name.size() == prefix.size() + 1 + local.size() && name.starts_with(prefix) &&
         name[prefix.size()] == ':' && name.ends_with(local);
}

}  // namespace

Position FindAttribute(std::string_view tag, std::string_view prefix, std::string_view local,
                       Position start) {
  size_t at = tag.find_first_of(kBlanks);
  while (at != std::string_view::npos) {
    at = tag.find_first_not_of(kBlanks, at);
    if (at == std::string_view::npos) break;
    const std::string_view name = UpTo(tag, at, " \t\r\n=>/?");
    if (IsNamed(name, prefix, local)) return Advance(start, tag.substr(0, at));
    const size_t open = tag.find_first_of("\"'", at);
    if (open == std::string_view::npos) break;
    const size_t close = tag.find(tag[open], open + 1);
    if (close == std::string_view::npos) break;
    at = close + 1;
  }
  return start;
}

}  // namespace portcullis::xml
