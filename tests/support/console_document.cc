// SPDX-License-Identifier: Apache-2.0
#include "tests/support/console_document.h"

namespace portcullis::testing {
namespace {

constexpr std::string_view kPrompt = "# ";
constexpr std::string_view kAnything = "...";

// Takes the first line off, without its line feed.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool IsLineAsShown(std::string_view line, std::string_view shown) {
  const size_t gap = shown.find(kAnything);
  if (gap == std::string_view::npos) return line == shown;
  if (!line.starts_with(shown.substr(0, gap))) return false;
  const std::string_view rest = shown.substr(gap + kAnything.size());
  for (size_t at = gap; at <= line.size(); ++at) {
    if (IsLineAsShown(line.substr(at), rest)) return true;
  }
  return false;
}

}  // namespace

std::vector<ConsoleStep> ReadConsoleSteps(std::string_view document) {
  std::vector<ConsoleStep> steps;
  bool is_inside = false;
  bool goes_on = false;
  for (uint32_t number = 1; !document.empty(); ++number) {
    const std::string_view line = TakeLine(document);
    if (line.starts_with("```")) {
      is_inside = line == "```console";
    } else if (is_inside && (goes_on || line.starts_with(kPrompt))) {
      if (!goes_on) steps.push_back({number, "", ""});
      steps.back().command += goes_on ? line : line.substr(kPrompt.size());
      steps.back().command += '\n';
      goes_on = line.ends_with('\\');
    } else if (is_inside && !steps.empty()) {
      steps.back().output.append(line).append("\n");
    }
  }
  return steps;
}

bool IsOutputAsShown(std::string_view output, std::string_view shown) {
  while (!shown.empty()) {
    const std::string_view line = TakeLine(shown);
    if (line == kAnything) {
      if (shown.empty()) return true;
      while (!IsOutputAsShown(output, shown)) {
        if (output.empty()) return false;
        TakeLine(output);
      }
      return true;
    }
    if (output.empty() || !IsLineAsShown(TakeLine(output), line)) return false;
  }
  return output.empty();
}

}  // namespace portcullis::testing
