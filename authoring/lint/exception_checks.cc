// SPDX-License-Identifier: Apache-2.0
// Exceptions that do nothing, or all.
#include <fmt/core.h>

#include <algorithm>

#include "authoring/access/tree_write_access.h"
#include "authoring/access/windows_folders.h"
#include "authoring/change/covers.h"
#include "authoring/lint/check.h"
#include "authoring/lint/rule_facts.h"
#include "base/quote.h"
#include "base/utf.h"
#include "policy/path_text.h"

namespace portcullis::lint {
namespace {

using applocker::Condition;
using applocker::FilePublisherCondition;
using applocker::Rule;

std::string Shown(const Condition& condition) {
  if (const std::string* path = PathOf(condition)) return Quote(*path);
  if (const auto* publisher = PublisherOf(condition)) {
    return fmt::format("{} of {}", Quote(publisher->binary_name), Quote(publisher->publisher_name));
  }
  return "its hashes";
}

// What stands in front of the first wildcard, of every path the pattern stands for. Empty: any.
std::vector<std::string> LiteralFronts(const std::string& pattern, const HostConfig& config) {
  const std::string literal = pattern.substr(0, pattern.find_first_of("*?"));
  if (literal.find_first_of("\\/") == std::string::npos) return {};
  std::vector<std::string> fronts =
      WindowsPathsOf(literal, config).value_or(std::vector<std::string>());
  for (std::string& path : HostPathsOf(literal, config).value_or(std::vector<std::string>())) {
    fronts.push_back(UpperCase(path));
  }
  return fronts;
}

bool MayOverlap(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

bool PathsMayOverlap(const std::string& a, const std::string& b, const HostConfig& config) {
  const std::vector<std::string> fronts = LiteralFronts(a, config);
  const std::vector<std::string> others = LiteralFronts(b, config);
  if (fronts.empty() || others.empty()) return true;
  return std::ranges::any_of(fronts, [&](const std::string& front) {
    return std::ranges::any_of(others,
                               [&](const std::string& other) { return MayOverlap(front, other); });
  });
}

bool TextsMayOverlap(const std::string& a, const std::string& b) {
  return a == "*" || b == "*" || UpperCase(a) == UpperCase(b);
}

bool NamesMayOverlap(const std::string& a, const std::string& b) {
  return HasWildcard(a) || HasWildcard(b) || UpperCase(a) == UpperCase(b);
}

bool PublishersMayOverlap(const FilePublisherCondition& a, const FilePublisherCondition& b) {
  const auto& range = a.binary_version_range;
  const auto& other = b.binary_version_range;
  const bool is_apart =
      (range.high_section && other.low_section && *range.high_section < *other.low_section) ||
      (other.high_section && range.low_section && *other.high_section < *range.low_section);
  return !is_apart && TextsMayOverlap(a.publisher_name, b.publisher_name) &&
         TextsMayOverlap(a.product_name, b.product_name) &&
         NamesMayOverlap(a.binary_name, b.binary_name);
}

bool MayOverlap(const Condition& a, const Condition& b, const HostConfig& config) {
  if (PathOf(a) != nullptr && PathOf(b) != nullptr) {
    return PathsMayOverlap(*PathOf(a), *PathOf(b), config);
  }
  if (PublisherOf(a) != nullptr && PublisherOf(b) != nullptr) {
    return PublishersMayOverlap(*PublisherOf(a), *PublisherOf(b));
  }
  return true;
}

void ExceptionOutside(const CheckRun& run, const Rule& rule) {
  for (const Condition& exception : rule.exceptions) {
    if (MayOverlap(rule.condition, exception, run.context.config())) continue;
    run.TellOf(rule, fmt::format("the exception {} has no file in common with {}", Shown(exception),
                                 Shown(rule.condition)));
  }
}

void ExceptionOfAll(const CheckRun& run, const Rule& rule) {
  for (const Condition& exception : rule.exceptions) {
    if (!authoring::Covers(exception, rule.condition, run.context.settings())) continue;
    run.TellOf(rule, fmt::format("the exception {} takes away all of {}", Shown(exception),
                                 Shown(rule.condition)));
  }
}

constexpr Check kChecks[] = {
    {{"exception-outside", Severity::kWarning,
      "An exception takes files out of its own rule alone; outside of that it does nothing.",
      "Put the exception into the rule that it is meant for, or take it out."},
     ExceptionOutside},
    {{"exception-of-all", Severity::kWarning,
      "With an exception as wide as its condition the rule never matches.",
      "Make the exception narrower, or take the rule out."},
     ExceptionOfAll},
};

}  // namespace

std::span<const Check> ExceptionChecks() { return kChecks; }

}  // namespace portcullis::lint
