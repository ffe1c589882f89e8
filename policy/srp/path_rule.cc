// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/path_rule.h"

#include <algorithm>

#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::srp {
namespace {

using applocker::QuestionMark;

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t end = text.find(kSeparator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool HasWildcard(std::string_view text) { return text.find_first_of("*?") != text.npos; }

// Walks the components of a path without a copy of any.
class Components {
 public:
  explicit Components(std::string_view path) : rest_(path) {}
  bool Next(std::string_view& component) {
    if (is_done_) return false;
    const size_t end = rest_.find(kSeparator);
    component = rest_.substr(0, end);
    is_done_ = end == std::string_view::npos;
    if (!is_done_) rest_.remove_prefix(end + 1);
    return true;
  }
  bool is_done() const { return is_done_; }

 private:
  std::string_view rest_;
  bool is_done_ = false;
};

bool Matches(std::string_view pattern, std::string_view text) {
  return applocker::WildcardMatch(pattern, text, QuestionMark::kWildcard);
}

std::string_view NameOf(std::string_view path) {
  const size_t separator = path.rfind(kSeparator);
  return separator == std::string_view::npos ? path : path.substr(separator + 1);
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += kSeparator;
    text += part;
  }
  return text;
}

}  // namespace

PathRule::PathRule(std::string_view expanded)
    : windows_(FormOf(expanded, PathKind::kWindows)), host_(FormOf(expanded, PathKind::kHost)) {}

PathRule::Form PathRule::FormOf(std::string_view expanded, PathKind kind) {
  const CasedText text = PatternToAlphabet(expanded, kind);
  Form form;
  form.exact = Split(text.exact);
  form.upper = Split(text.upper);
  form.is_name = form.upper.size() == 1;
  form.is_folder = !form.is_name && form.upper.back().empty();
  if (form.is_folder) {
    form.exact.pop_back();
    form.upper.pop_back();
  }
  const auto first = std::ranges::find_if(form.upper, HasWildcard);
  form.has_wildcard = first != form.upper.end();
  form.literals = static_cast<uint32_t>(first - form.upper.begin());
  return form;
}

std::optional<Specificity> PathRule::Match(const PathAttribute& path) const {
  const Form& form = path.is_host_path ? host_ : windows_;
  const std::vector<std::string>& rule = path.case_sensitive ? form.exact : form.upper;
  const std::string_view text = path.case_sensitive ? path.exact : path.upper;
  if (form.is_name) {
    if (!Matches(rule.front(), NameOf(text))) return std::nullopt;
    return Specificity{PathForm::kName, 0, form.literals};
  }
  // A spelling by a macro is AppLocker's alone.
  if (text.starts_with('%')) return std::nullopt;
  Components components(text);
  for (const std::string& pattern : rule) {
    std::string_view component;
    if (!components.Next(component) || !Matches(pattern, component)) return std::nullopt;
  }
  if (!components.is_done()) {
    return Specificity{PathForm::kFolder, static_cast<uint32_t>(rule.size()), form.literals};
  }
  if (form.is_folder) return std::nullopt;
  return Specificity{form.has_wildcard ? PathForm::kFileMask : PathForm::kFile, 0, form.literals};
}

std::vector<std::string> PathRule::Wider(PathKind kind) const {
  const Form& form = FormFor(kind);
  const std::string text = Join(form.upper);
  if (form.is_name) return {text, std::string("*") + kSeparator + text};
  std::vector<std::string> wider = {text + kSeparator + "*"};
  if (!form.is_folder) wider.push_back(text);
  return wider;
}

}  // namespace portcullis::srp
