// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/path_advice.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/quote.h"
#include "base/utf.h"

namespace portcullis::applocker {
namespace {

constexpr std::array<std::string_view, 6> kMacros = {
    "WINDIR", "SYSTEM32", "OSDRIVE", "PROGRAMFILES", "REMOVABLE", "HOT",
};

// "NAME" of a path that begins with %NAME%; empty where it does not.
std::string_view LeadingVariable(std::string_view path) {
  if (!path.starts_with('%')) return {};
  const size_t end = path.find_first_of("%\\/*", 1);
  if (end == std::string_view::npos || path[end] != '%') return {};
  return path.substr(1, end - 1);
}

}  // namespace

void AdviseOnPath(const Value& value, Report& report) {
  const std::string_view path = value.text();
  const std::string_view variable = LeadingVariable(path);
  if (!variable.empty() && std::ranges::find(kMacros, UpperCase(variable)) == kMacros.end()) {
    report.Warning(value.where(), "path-variable",
                   fmt::format("{} is not a variable of AppLocker: the path matches these very "
                               "characters",
                               Quote(path.substr(0, variable.size() + 2))));
  }
  const size_t special = path.find_first_of("?<>\"");
  if (special == std::string_view::npos) return;
  if (path[special] == '?') {
    report.Warning(value.where(), "path-question-mark",
                   "? in a path is not documented; Windows takes it for any one character");
  } else {
    report.Warning(
        value.where(), "path-never-matches",
        fmt::format("{} stands in no path: no file matches", Quote(path.substr(special, 1))));
  }
}

}  // namespace portcullis::applocker
