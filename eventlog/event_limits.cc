// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_limits.h"

#include <algorithm>

namespace portcullis::eventlog {
namespace {

constexpr std::string_view kCutMark = "...";

bool ContinuesCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string CutText(std::string_view text, size_t limit) {
  if (text.size() <= limit) return std::string(text);
  constexpr size_t kMostContinuing = 3;
  const size_t longest = limit - std::min(limit, kCutMark.size());
  size_t kept = longest;
  while (kept > 0 && longest - kept < kMostContinuing && ContinuesCharacter(text[kept])) --kept;
  if (ContinuesCharacter(text[kept])) kept = longest;  // not UTF-8
  return std::string(text.substr(0, kept)).append(kCutMark.substr(0, limit));
}

std::vector<std::string> CutArguments(const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  const bool is_cut = arguments.size() > kMaxEventArguments;
  kept.reserve(is_cut ? kMaxEventArguments : arguments.size());
  for (const std::string& argument : arguments) {
    if (is_cut && kept.size() == kMaxEventArguments - 1) break;
    kept.push_back(CutText(argument, kMaxEventArgument));
  }
  if (is_cut) kept.emplace_back(kCutMark);
  return kept;
}

}  // namespace portcullis::eventlog
