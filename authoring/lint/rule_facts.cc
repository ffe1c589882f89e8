// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/rule_facts.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/quote.h"
#include "base/utf.h"
#include "policy/applocker/wildcard.h"
#include "policy/path_text.h"

namespace portcullis::lint {

using applocker::Condition;
using applocker::Rule;

const std::string* PathOf(const Condition& condition) {
  const auto* const path = std::get_if<applocker::FilePathCondition>(&condition);
  return path == nullptr ? nullptr : &path->path;
}

const applocker::FilePublisherCondition* PublisherOf(const Condition& condition) {
  return std::get_if<applocker::FilePublisherCondition>(&condition);
}

const applocker::FileHashCondition* HashesOf(const Condition& condition) {
  return std::get_if<applocker::FileHashCondition>(&condition);
}

std::vector<const Condition*> ConditionsOf(const Rule& rule) {
  std::vector<const Condition*> conditions = {&rule.condition};
  for (const Condition& exception : rule.exceptions) conditions.push_back(&exception);
  return conditions;
}

std::vector<const std::string*> PathsOf(const Rule& rule) {
  std::vector<const std::string*> paths;
  for (const Condition* condition : ConditionsOf(rule)) {
    if (const std::string* path = PathOf(*condition)) paths.push_back(path);
  }
  return paths;
}

bool IsForWindows(std::string_view path) {
  const size_t front = FrontLength(path);
  const bool has_drive = front == 2;
  return path.find('\\') != std::string_view::npos || has_drive;
}

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

std::string_view LastComponent(std::string_view path) {
  const size_t separator = path.find_last_of("\\/");
  return separator == std::string_view::npos ? path : path.substr(separator + 1);
}

std::string ExtensionOf(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size()) return "";
  const std::string_view extension = name.substr(dot + 1);
  return HasWildcard(extension) ? std::string() : UpperCase(extension);
}

bool IsEveryPath(std::string_view path) {
  constexpr std::string_view kOfWindows[] = {"C:\\F1\\X1.EXE", "Z:\\QQ.DLL"};
  constexpr std::string_view kOfHosts[] = {"/F1/X1", "/QQ.DLL"};
  const auto is_matched = [&](std::string_view file) {
    return applocker::WildcardMatch(path, file, applocker::QuestionMark::kWildcard);
  };
  return std::ranges::all_of(kOfWindows, is_matched) || std::ranges::all_of(kOfHosts, is_matched);
}

bool IsAnyFolder(std::string_view path) {
  return !IsEveryPath(path) && HasWildcard(path) && !SplitAtWildcard(std::string(path));
}

bool IsAdministrative(const Sid& sid) {
  namespace sids = well_known_sids;
  const Sid known[] = {sids::kAdministrators, sids::kLocalSystem, sids::kLocalService,
                       sids::kNetworkService, sids::kService,     sids::UnixUser(0)};
  if (std::ranges::find(known, sid) != std::end(known)) return true;
  const auto subs = sid.sub_authorities();
  if (sid.authority() != 5 || subs.empty()) return false;
  if (subs[0] == 80) return true;  // a service's own
  // Of a domain: the Administrator account, Domain Admins, Schema and Enterprise Admins.
  constexpr uint32_t kDomainAdministrators[] = {500, 512, 518, 519};
  return subs[0] == 21 && subs.size() == 5 &&
         std::ranges::find(kDomainAdministrators, subs[4]) != std::end(kDomainAdministrators);
}

bool IsEverybody(const Sid& sid) {
  namespace sids = well_known_sids;
  const Sid known[] = {sids::kEveryone, sids::kAuthenticatedUsers, sids::kUsers, Sid{5, {4}}};
  return std::ranges::find(known, sid) != std::end(known);
}

std::string Naming(const Rule& rule) {
  return fmt::format("rule {} ({})", Quote(rule.name), rule.id.ToString());
}

std::optional<SplitPattern> SplitAtWildcard(const std::string& path) {
  const size_t wildcard = path.find_first_of("*?");
  if (wildcard == std::string::npos || wildcard == 0) return std::nullopt;
  const size_t separator = path.find_last_of("\\/", wildcard - 1);
  // `%WINDIR%*` speaks of the same files as `%WINDIR%\*`.
  const size_t front = FrontLength(path);
  if (separator == std::string::npos) {
    if (front == 0 || wildcard != front) return std::nullopt;
    return SplitPattern{path.substr(0, front), path.substr(front)};
  }
  const std::string folder = separator == 0 ? path.substr(0, 1) : path.substr(0, separator);
  return SplitPattern{folder, path.substr(separator + 1)};
}

std::string TypeText(const applocker::RuleCollection& collection) {
  return collection.type ? ToString(*collection.type) : collection.type_text;
}

}  // namespace portcullis::lint
