// SPDX-License-Identifier: Apache-2.0
// Text for a terminal, from names that anyone may have chosen.
//
// Shape:   Printable makes one line of anything; Columns pads and cuts.
// Units:   widths are code points; a wide character counts as one.
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::cli {

// Control characters (a terminal's own commands, line ends, marks that turn the direction of text)
// as \n, \t, \x1b or \u{202e}; bytes that are not UTF-8 as \xff. Everything else as it is.
std::string Printable(std::string_view text);

size_t Width(std::string_view text);
// At most `width` code points; an ellipsis stands for what is cut.
std::string Cut(std::string_view text, size_t width);
std::string Padded(std::string_view text, size_t width);

struct Column {
  std::string_view heading;
  size_t width;  // 0: as long as it is (the last column)
};
// The cells of one row, cut and padded, two blanks between; ends in a line end.
std::string TableRow(const std::vector<Column>& columns, const std::vector<std::string>& cells);
std::string TableHead(const std::vector<Column>& columns);

// "1 file", "1,234 files".
std::string Count(uint64_t count, std::string_view singular, std::string_view plural);
std::string Grouped(uint64_t number);

}  // namespace portcullis::cli
