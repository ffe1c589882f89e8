// SPDX-License-Identifier: Apache-2.0
// What the two readers of packages' XML share. For the .cc files of this folder.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/xml/parser.h"

namespace portcullis::appx {

// The attribute of no namespace; nothing where it is absent.
inline std::optional<std::string_view> FindAttribute(const xml::StartTag& tag,
                                                     std::string_view name) {
  for (const xml::Attribute& attribute : tag.attributes) {
    if (attribute.name.Is(name)) return attribute.value;
  }
  return std::nullopt;
}

// Decimal digits alone.
inline std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace portcullis::appx
