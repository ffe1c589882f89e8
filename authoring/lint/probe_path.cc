// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/probe_path.h"

#include <algorithm>

#include "policy/applocker/wildcard.h"

namespace portcullis::lint {
namespace {

constexpr std::string_view kProbeName = "portcullis-probe";

}  // namespace

std::vector<std::string> RestsBelow(std::string_view pattern, std::string_view folder) {
  using applocker::QuestionMark;
  const std::string front = std::string(folder) + '\\';
  std::vector<std::string> rests;
  for (size_t end = 0; end <= pattern.size() && rests.size() < kMaxRests; ++end) {
    const std::string_view head = pattern.substr(0, end);
    if (!applocker::WildcardMatch(head, front, QuestionMark::kWildcard)) continue;
    // A star that has come to the folder's end may go on.
    std::string rest;
    if (head.ends_with('*')) rest += '*';
    rest += pattern.substr(end);
    if (!rest.empty() && std::ranges::find(rests, rest) == rests.end()) {
      rests.push_back(std::move(rest));
    }
  }
  return rests;
}

std::string ExampleOf(std::string_view pattern, std::string_view extension) {
  std::string text;
  for (const char c : pattern) {
    if (c == '*') {
      text += kProbeName;
    } else {
      text += c == '?' ? 'x' : c;
    }
  }
  if (pattern.ends_with('*')) text += extension;
  return text;
}

}  // namespace portcullis::lint
