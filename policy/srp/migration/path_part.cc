// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/path_part.h"

#include <algorithm>

#include "base/utf.h"
#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::srp::migration {
namespace {

using Components = std::vector<std::string>;

struct SplitText {
  Components components;
  char separator = '\\';
  bool is_name = false;
  bool is_folder = false;
};

// A text with a '/' is one of paths of this host, where both separate.
SplitText Split(std::string_view text) {
  SplitText split;
  const bool is_host = text.find('/') != std::string_view::npos;
  split.separator = is_host ? '/' : '\\';
  const std::string_view separators = is_host ? "\\/" : "\\";
  for (;;) {
    const size_t end = text.find_first_of(separators);
    split.components.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  split.is_name = split.components.size() == 1;
  split.is_folder = !split.is_name && split.components.back().empty();
  if (split.is_folder) split.components.pop_back();
  return split;
}

// `**` is `*`, and a drive's letter is a capital.
std::string Tidy(std::string_view component) {
  std::string text;
  for (const char c : component) {
    if (c != '*' || text.empty() || text.back() != '*') text += c;
  }
  if (text.size() == 2 && text[1] == ':') text = UpperCase(text);
  return text;
}

Components Compared(const Components& components) {
  Components compared;
  for (const std::string& each : components) compared.push_back(ToAlphabet(UpperCase(each)));
  return compared;
}

size_t LiteralsOf(const Components& components) {
  return static_cast<size_t>(std::ranges::find_if(components, HasWildcard) - components.begin());
}

// Whether some text is matched by both.
bool Compatible(std::string_view a, std::string_view b) {
  using applocker::QuestionMark;
  if (!HasWildcard(a)) {
    return HasWildcard(b) ? applocker::WildcardMatch(b, a, QuestionMark::kWildcard) : a == b;
  }
  if (!HasWildcard(b)) return applocker::WildcardMatch(a, b, QuestionMark::kWildcard);
  const size_t front = std::min(a.find_first_of("*?"), b.find_first_of("*?"));
  const size_t back =
      std::min(a.size() - a.find_last_of("*?"), b.size() - b.find_last_of("*?")) - 1;
  return a.substr(0, front) == b.substr(0, front) &&
         a.substr(a.size() - back) == b.substr(b.size() - back);
}

Root RootOf(const Components& place, char separator) {
  const std::string& first = place.front();
  if (HasWildcard(first)) return Root::kOther;
  if (first.size() == 2 && first[1] == ':') return Root::kDrive;
  if (!first.empty()) return Root::kOther;
  if (separator == '/') return Root::kHost;
  return place.size() > 2 && place[1].empty() ? Root::kNetwork : Root::kOther;
}

bool FormsAllow(const PathPart& a, size_t a_size, const PathPart& b, size_t b_size) {
  const bool a_is_folder = a.how.form == PathForm::kFolder;
  const bool b_is_folder = b.how.form == PathForm::kFolder;
  if (a_is_folder && b_is_folder) return true;
  if (a_is_folder) return b_size > a_size;
  if (b_is_folder) return a_size > b_size;
  return a_size == b_size;
}

bool PlacesOverlap(const PathPart& a, const Components& p, const PathPart& b, const Components& q) {
  const Root root = RootOf(p, a.separator);
  // The file may have a path of each kind.
  if (root == Root::kOther || root != RootOf(q, b.separator)) return true;
  if (!FormsAllow(a, p.size(), b, q.size())) return false;
  const size_t common = std::min(p.size(), q.size());
  for (size_t i = 0; i < common; ++i) {
    if (!Compatible(p[i], q[i])) return false;
  }
  return true;
}

}  // namespace

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

size_t PathPart::literals() const { return LiteralsOf(components); }

Root PathPart::root() const { return is_name() ? Root::kOther : RootOf(places.front(), separator); }

std::vector<PathPart> PartsOf(std::string_view written, std::span<const std::string> expanded) {
  SplitText split = Split(written);
  PathPart part;
  std::ranges::transform(split.components, std::back_inserter(part.components), Tidy);
  part.separator = split.separator;
  for (const std::string& text : expanded) part.places.push_back(Compared(Split(text).components));
  const Components& place = part.places.front();
  part.how.literals = static_cast<uint32_t>(LiteralsOf(place));
  if (split.is_name) {
    part.how.form = PathForm::kName;
    return {part};
  }
  std::vector<PathPart> parts;
  if (!split.is_folder) {
    const bool is_plain = part.how.literals == place.size();
    part.how.form = is_plain ? PathForm::kFile : PathForm::kFileMask;
    parts.push_back(part);
  }
  part.how.form = PathForm::kFolder;
  part.how.depth = static_cast<uint32_t>(place.size());
  parts.push_back(std::move(part));
  return parts;
}

bool MayOverlap(const PathPart& a, const PathPart& b) {
  for (const Components& p : a.places) {
    for (const Components& q : b.places) {
      if (a.is_name() && b.is_name()) return Compatible(p.front(), q.front());
      const bool same_file =
          a.is_name()   ? b.how.form == PathForm::kFolder || Compatible(p.front(), q.back())
          : b.is_name() ? a.how.form == PathForm::kFolder || Compatible(p.back(), q.front())
                        : PlacesOverlap(a, p, b, q);
      if (same_file) return true;
    }
  }
  return false;
}

}  // namespace portcullis::srp::migration
