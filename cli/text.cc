// SPDX-License-Identifier: Apache-2.0
#include "cli/text.h"

#include <fmt/core.h>

#include <cstdint>

namespace portcullis::cli {
namespace {

struct Decoded {
  char32_t code_point = 0;
  size_t size = 1;
  bool valid = false;
};

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Strict: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded Decode(std::string_view text) {
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return {first, 1, true};
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {};
  char32_t value = first & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(text[i])) return {};
    value = value << 6 | (static_cast<uint8_t>(text[i]) & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
    return {};
  return {value, size, true};
}

bool ChangesTheTerminal(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

std::string Escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  const auto number = static_cast<uint32_t>(c);
  return c < 0x80 ? fmt::format("\\x{:02x}", number) : fmt::format("\\u{{{:x}}}", number);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Decoded decoded = Decode(text);
    if (!decoded.valid) {
      result += fmt::format("\\x{:02x}", static_cast<uint8_t>(text[0]));
    } else if (ChangesTheTerminal(decoded.code_point)) {
      result += Escaped(decoded.code_point);
    } else {
      result += text.substr(0, decoded.size);
    }
    text.remove_prefix(decoded.size);
  }
  return result;
}

size_t Width(std::string_view text) {
  size_t width = 0;
  for (const char c : text) width += IsContinuation(c) ? 0U : 1U;
  return width;
}

std::string Cut(std::string_view text, size_t width) {
  if (Width(text) <= width) return std::string(text);
  size_t end = 0;
  for (size_t left = width; end < text.size(); ++end) {
    if (IsContinuation(text[end])) continue;
    if (left-- <= 1) break;
  }
  return std::string(text.substr(0, end)) + "\u2026";
}

std::string Padded(std::string_view text, size_t width) {
  const size_t used = Width(text);
  return std::string(text) + std::string(used < width ? width - used : 0, ' ');
}

std::string TableRow(const std::vector<Column>& columns, const std::vector<std::string>& cells) {
  std::string row;
  for (size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    const size_t width = columns[i].width;
    row += width == 0 ? cells[i] : Padded(Cut(cells[i], width), width);
    row += "  ";
  }
  row.erase(row.find_last_not_of(' ') + 1);
  return row + '\n';
}

std::string TableHead(const std::vector<Column>& columns) {
  std::vector<std::string> cells;
  cells.reserve(columns.size());
  for (const Column& column : columns) cells.emplace_back(column.heading);
  return TableRow(columns, cells);
}

std::string Grouped(uint64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string grouped;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return grouped;
}

std::string Count(uint64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", Grouped(count), count == 1 ? singular : plural);
}

}  // namespace portcullis::cli
