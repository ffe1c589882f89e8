// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/pattern.h"

#include <algorithm>
#include <span>

#include "base/utf.h"
#include "policy/applocker/wildcard.h"
#include "policy/request.h"
#include "policy/srp/path_rule.h"

namespace portcullis::srp::migration {
namespace {

std::string Join(std::span<const std::string> components, char separator) {
  std::string text;
  for (size_t i = 0; i < components.size(); ++i) {
    if (i > 0) text += separator;
    text += components[i];
  }
  return text;
}

void AddFolders(std::string& text, size_t count, char separator) {
  for (size_t i = 0; i < count; ++i) {
    text += separator;
    text += '*';
  }
}

// Every way in which one wildcard of text[begin, end) takes a separator in: a `*` with something on
// both sides, a `?` alone.
std::vector<std::string> Crossings(const std::string& text, size_t begin, size_t end,
                                   char separator) {
  std::vector<std::string> crossings;
  for (size_t i = begin; i < end; ++i) {
    if (text[i] != '*' && text[i] != '?') continue;
    const std::string instead =
        text[i] == '*' ? std::string("*") + separator + '*' : std::string(1, separator);
    crossings.push_back(text.substr(0, i) + instead + text.substr(i + 1));
  }
  return crossings;
}

bool HasStar(const std::string& text, size_t begin, size_t end) {
  return begin < end && text.substr(begin, end - begin).find('*') != std::string::npos;
}

// Which wildcards of a folder's or a name's pattern may not cross a separator.
struct Bounds {
  std::string text;
  size_t begin = 0;
  size_t end = 0;
};

// A star before the last separator takes in the folders that stand behind it in any case.
Bounds BoundsOfFolder(const PathPart& part) {
  Bounds bounds{Join(part.components, part.separator)};
  bounds.end = bounds.text.size();
  if (bounds.text.ends_with('*')) --bounds.end;
  AddFolders(bounds.text, 1, part.separator);
  return bounds;
}

// A star in front of the name takes in the folders that stand before it in any case.
Bounds BoundsOfName(const PathPart& part) {
  const std::string& name = part.components.front();
  Bounds bounds{"*\\" + name, 2};
  if (name.starts_with('*')) ++bounds.begin;
  bounds.end = bounds.text.size();
  return bounds;
}

Bounds BoundsOf(const PathPart& part) {
  return part.is_name() ? BoundsOfName(part) : BoundsOfFolder(part);
}

bool BeginsPlainly(const PathPart& part) { return part.is_name() || part.root() != Root::kOther; }

std::vector<std::string> FrontOf(const PathPart& part) {
  const auto end = part.components.begin() + static_cast<ptrdiff_t>(part.literals());
  return {part.components.begin(), end};
}

// A rule of a whole path with wildcards, and all that lies deeper than it.
Pattern MaskCondition(const PathPart& part) {
  Pattern pattern{Join(part.components, part.separator), {}, BeginsPlainly(part)};
  const std::vector<std::string> front = FrontOf(part);
  std::string deeper = front.empty() ? "*" : Join(front, part.separator);
  const size_t left = part.components.size() - std::max<size_t>(front.size(), 1);
  AddFolders(deeper, left + 1, part.separator);
  pattern.exceptions.push_back(std::move(deeper));
  return pattern;
}

bool SameText(std::string_view a, std::string_view b, bool ignore_case) {
  return ignore_case ? UpperCase(a) == UpperCase(b) : a == b;
}

// Whether a literal folder and a mask's front are one path, as far as both go.
bool SameFront(const PathPart& folder, const PathPart& mask, bool ignore_case) {
  if (folder.root() != mask.root() || folder.separator != mask.separator) return false;
  const size_t common = std::min(folder.components.size(), mask.literals());
  if (common == 0) return false;
  for (size_t i = 0; i < common; ++i) {
    if (!SameText(folder.components[i], mask.components[i], ignore_case)) return false;
  }
  return true;
}

Pattern DeepFolders(const PathPart& folder, const PathPart& mask) {
  const std::vector<std::string> front = FrontOf(mask);
  const auto& base = folder.components.size() > front.size() ? folder.components : front;
  Pattern pattern{Join(base, mask.separator)};
  AddFolders(pattern.text, mask.components.size() - base.size() + 1, mask.separator);
  return pattern;
}

Pattern DeepNames(const PathPart& name, const PathPart& mask) {
  const std::vector<std::string> front = FrontOf(mask);
  Pattern pattern = ConditionOf(name);
  pattern.text = Join(front, mask.separator);
  AddFolders(pattern.text, mask.components.size() - front.size(), mask.separator);
  pattern.text += mask.separator + name.components.front();
  return pattern;
}

// What is said of a path by AppLocker's engine.
bool Says(const std::string& pattern, const PathAttribute& path) {
  const PathKind kind = path.is_host_path ? PathKind::kHost : PathKind::kWindows;
  return applocker::WildcardMatch(PatternToAlphabet(pattern, kind).upper, path.upper,
                                  applocker::QuestionMark::kWildcard);
}

std::string Filled(std::string text, std::string_view star) {
  for (size_t at = 0; (at = text.find_first_of("*?", at)) != std::string::npos;) {
    const std::string_view with = text[at] == '*' ? star : "x";
    text.replace(at, 1, with);
    at += with.size();
  }
  return text;
}

std::vector<std::string> Examples(const PathPart& part) {
  const std::string rule = Join(part.components, part.separator);
  const std::string behind =
      part.how.form == PathForm::kFolder ? part.separator + std::string("x") : std::string();
  const std::string front = part.is_name() ? "C:\\" : "";
  const std::string separator(1, part.separator);
  const size_t literals = part.is_name() ? 0 : part.literals();
  const std::span<const std::string> wild = std::span(part.components).subspan(literals);
  const std::string again = Join(wild, part.separator);
  const std::string crossing = "x" + separator + "x";
  return {front + Filled(rule + separator + again, "x") + behind,
          front + Filled(rule, crossing) + behind};
}

}  // namespace

Pattern ConditionOf(const PathPart& part) {
  switch (part.how.form) {
    case PathForm::kFile:
      return {Join(part.components, part.separator)};
    case PathForm::kFileMask:
      return MaskCondition(part);
    default:
      break;
  }
  const Bounds bounds = BoundsOf(part);
  const bool is_plain = !HasWildcard(Join(part.components, part.separator));
  return {bounds.text, Crossings(bounds.text, bounds.begin, bounds.end, part.separator),
          is_plain || (BeginsPlainly(part) && !HasStar(bounds.text, bounds.begin, bounds.end))};
}

Pattern ExceptionOf(const PathPart& part) {
  switch (part.how.form) {
    case PathForm::kFile:
    case PathForm::kFileMask:
      return {Join(part.components, part.separator), {}, BeginsPlainly(part)};
    default:
      break;
  }
  const Bounds bounds = BoundsOf(part);
  const auto wild = std::string_view(bounds.text).substr(bounds.begin, bounds.end - bounds.begin);
  const bool is_plain = !HasWildcard(Join(part.components, part.separator));
  return {bounds.text, {}, is_plain || (BeginsPlainly(part) && !HasWildcard(wild))};
}

Below BelowMask(const PathPart& rule, const PathPart& mask, bool ignore_case) {
  Below below;
  below.depth = mask.places.front().size();
  if (mask.root() == Root::kOther) return below;
  if (rule.is_name()) {
    below.given = DeepNames(rule, mask);
    below.is_exact = true;
    return below;
  }
  const bool same_system = rule.root() == mask.root() &&
                           rule.begins_with_macro() == mask.begins_with_macro() &&
                           rule.separator == mask.separator;
  if (!same_system) return below;
  if (rule.how.form != PathForm::kFolder) {
    // Of one depth, or they would not overlap: nothing lies deeper.
    below.is_exact = rule.places.front().size() == below.depth;
    return below;
  }
  if (rule.literals() < rule.components.size() || !SameFront(rule, mask, ignore_case) ||
      rule.components.size() >= mask.components.size()) {
    return below;
  }
  below.given = DeepFolders(rule, mask);
  below.is_exact = true;
  return below;
}

std::string ExampleOfDifference(const PathPart& part, const Pattern& pattern) {
  std::string text = Join(part.components, part.separator);
  if (part.how.form == PathForm::kFolder) text += part.separator;
  const PathRule rule(text);
  for (const std::string& example : Examples(part)) {
    const PathAttribute path = NormalizePath({example});
    const auto how = rule.Match(path);
    const bool is_named = how && how->form == part.how.form;
    const bool is_said = Says(pattern.text, path) &&
                         std::ranges::none_of(pattern.exceptions, [&](const std::string& each) {
                           return Says(each, path);
                         });
    if (is_named != is_said) return example;
  }
  return {};
}

}  // namespace portcullis::srp::migration
