// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/path_rule.h"

#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::srp {
namespace {

using applocker::QuestionMark;

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

}  // namespace

PathRule::PathRule(std::string_view expanded) : windows_(FormOf(expanded, PathKind::kWindows)) {
  if (expanded.find('/') != std::string_view::npos) {
    host_ = std::make_unique<const Form>(FormOf(expanded, PathKind::kHost));
  }
}

PathRule::Form PathRule::FormOf(std::string_view expanded, PathKind kind) {
  CasedText text = PatternToAlphabet(expanded, kind);
  Form form;
  form.is_name = text.upper.find(kSeparator) == std::string::npos;
  form.is_folder = !form.is_name && text.upper.back() == kSeparator;
  if (form.is_folder) {
    text.upper.pop_back();
    text.exact.pop_back();
  }
  form.upper = std::move(text.upper);
  form.exact = std::move(text.exact);
  bool is_literal = true;
  std::string_view component;
  for (Components all(form.upper); all.Next(component); ++form.components) {
    is_literal = is_literal && !HasWildcard(component);
    if (is_literal) ++form.literals;
  }
  return form;
}

std::optional<Specificity> PathRule::Match(const PathAttribute& path) const {
  const Form& form = FormFor(path.is_host_path ? PathKind::kHost : PathKind::kWindows);
  const std::string_view rule = path.case_sensitive ? form.exact : form.upper;
  const std::string_view text = path.case_sensitive ? path.exact : path.upper;
  if (form.is_name) {
    if (!Matches(rule, NameOf(text))) return std::nullopt;
    return Specificity{PathForm::kName, 0, form.literals};
  }
  // A spelling by a macro is AppLocker's alone.
  if (text.starts_with('%')) return std::nullopt;
  Components components(text);
  std::string_view pattern;
  std::string_view component;
  for (Components patterns(rule); patterns.Next(pattern);) {
    if (!components.Next(component) || !Matches(pattern, component)) return std::nullopt;
  }
  if (!components.is_done()) return Specificity{PathForm::kFolder, form.components, form.literals};
  if (form.is_folder) return std::nullopt;
  const bool has_wildcard = form.literals < form.components;
  return Specificity{has_wildcard ? PathForm::kFileMask : PathForm::kFile, 0, form.literals};
}

std::vector<std::string> PathRule::Wider(PathKind kind) const {
  const Form& form = FormFor(kind);
  if (form.is_name) return {form.upper, std::string("*") + kSeparator + form.upper};
  std::vector<std::string> wider = {form.upper + kSeparator + "*"};
  if (!form.is_folder) wider.push_back(form.upper);
  return wider;
}

}  // namespace portcullis::srp
