// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/draft_rule.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/utf.h"
#include "eventlog/visible_text.h"
#include "formats/xml/escape.h"
#include "policy/applocker/limits.h"
#include "policy/applocker/rule_trace.h"

namespace portcullis {
namespace {

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

void AddReason(PendingFile& pending, std::string_view why) {
  if (!pending.why.empty()) pending.why += "; ";
  pending.why += why;
}

bool IsRuleText(std::string_view text, size_t limit) {
  return !text.empty() && CountCharacters(text) <= limit && xml::CanCarry(text);
}

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

std::string RuleName(std::string_view text) {
  return eventlog::CutUtf16(eventlog::VisibleXml(text), applocker::kMaxNameLength);
}

void KeepWhatMatches(const std::vector<SeenFile>& files, Drafts& drafts) {
  for (DraftRule& draft : drafts.rules) {
    std::erase_if(draft.files, [&](uint32_t file) {
      const auto outcome =
          reference::TestCondition(draft.condition, AttributesOf(files[file]),
                                   reference::Evidence::kCertain, MatchingSettings());
      if (outcome == RuleOutcome::kMatched) return false;
      drafts.left.push_back({file, fmt::format("a rule would not match it ({})", draft.name)});
      return true;
    });
  }
  std::erase_if(drafts.rules, [](const DraftRule& draft) { return draft.files.empty(); });
}

}  // namespace portcullis
