// SPDX-License-Identifier: Apache-2.0
// The sessions that a document shows: what is typed and what comes of it.
//
// Shape:   blocks fenced as console. A line that begins with "# " is typed by root; it goes on in
//          the next line where it ends in a backslash. What follows up to the next such line is its
//          output. "..." in a line stands for any text, a line of it alone for any lines.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::testing {

struct ConsoleStep {
  uint32_t line = 0;  // of the document, from 1
  std::string command;
  std::string output;  // as the document has it, each line with its line feed
};

std::vector<ConsoleStep> ReadConsoleSteps(std::string_view document);

bool IsOutputAsShown(std::string_view output, std::string_view shown);

}  // namespace portcullis::testing
