// SPDX-License-Identifier: Apache-2.0
#include "base/quote.h"

#include <fmt/core.h>

#include <optional>

#include "base/utf.h"

namespace portcullis {
namespace {

void AppendEscaped(std::string& quoted, char32_t character) {
  if (character == '"' || character == '\\') quoted.push_back('\\');
  if (character >= 0x20 && character < 0x7F) {
    quoted.push_back(static_cast<char>(character));
  } else {
    quoted += fmt::format("\\u{{{:X}}}", static_cast<uint32_t>(character));
  }
}

}  // namespace

std::string Quote(std::string_view text, size_t max_characters) {
  std::string quoted = "\"";
  for (size_t count = 0; !text.empty(); ++count) {
    if (count == max_characters) return quoted + "\"...";
    if (const std::optional<CodePoint> first = FirstCodePoint(text)) {
      AppendEscaped(quoted, first->value);
      text.remove_prefix(first->length);
    } else {
      quoted += fmt::format("\\x{:02X}", static_cast<uint8_t>(text.front()));
      text.remove_prefix(1);
    }
  }
  return quoted + "\"";
}

}  // namespace portcullis
