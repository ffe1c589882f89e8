// SPDX-License-Identifier: Apache-2.0
#include "cli/values.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/utc_time.h"
#include "base/utf.h"

namespace portcullis::cli {
namespace {

constexpr Verdict kVerdicts[] = {Verdict::kAllowed, Verdict::kAllowedByDefault, Verdict::kDenied,
                                 Verdict::kDeniedByDefault};

Unexpected Wrong(std::string_view option, std::string_view found, std::string_view message) {
  return Fail(ErrorCode::kMalformed, fmt::format("{} {}: {}", option, found, message));
}

UnixTime Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// "S-1-5-32-544" or "S-1-5-32-544:deny-only".
Result<TokenGroup> ParseGroup(const std::string& text) {
  constexpr std::string_view kDenyOnly = ":deny-only";
  TokenGroup group;
  std::string_view sid = text;
  if (sid.ends_with(kDenyOnly)) {
    group.use = GroupUse::kDenyOnly;
    sid.remove_suffix(kDenyOnly.size());
  }
  const auto parsed = Sid::Parse(sid);
  if (!parsed) return Wrong("--groups", text, parsed.error().message);
  group.sid = *parsed;
  return group;
}

Result<Verdict> ParseVerdict(const std::string& text) {
  for (const Verdict verdict : kVerdicts) {
    if (UpperCase(text) == UpperCase(ToString(verdict))) return verdict;
  }
  return Wrong("--filter", text,
               "no verdict; allowed are Allowed, AllowedByDefault, Denied and DeniedByDefault");
}

struct BooleanSetting {
  std::string_view name;
  bool MatchingSettings::*member;
};

constexpr BooleanSetting kBooleanSettings[] = {
    {"stream_is_part_of_path", &MatchingSettings::stream_is_part_of_path},
    {"trailing_dots_and_spaces_count", &MatchingSettings::trailing_dots_and_spaces_count},
    {"network_paths_have_device_spelling", &MatchingSettings::network_paths_have_device_spelling},
    {"claimed_paths_count_as_verified", &MatchingSettings::claimed_paths_count_as_verified},
    {"question_mark_is_wildcard", &MatchingSettings::question_mark_is_wildcard},
    {"binary_name_is_substring", &MatchingSettings::binary_name_is_substring},
    {"lone_question_mark_is_any_name", &MatchingSettings::lone_question_mark_is_any_name},
    {"msi_authenticode_hash_matches", &MatchingSettings::msi_authenticode_hash_matches},
    {"scripts_use_exe_view", &MatchingSettings::scripts_use_exe_view},
    {"empty_collection_allows", &MatchingSettings::empty_collection_allows},
    {"packages_match_by_publisher_only", &MatchingSettings::packages_match_by_publisher_only},
};

std::optional<bool> ParseSwitch(std::string_view text) {
  if (text == "on" || text == "true" || text == "yes" || text == "1") return true;
  if (text == "off" || text == "false" || text == "no" || text == "0") return false;
  return std::nullopt;
}

Result<void> ApplyReportedRule(MatchingSettings& settings, std::string_view value) {
  if (value != "first_in_policy" && value != "smallest_id") {
    return Wrong("--settings", "reported_rule", "first_in_policy or smallest_id is allowed");
  }
  settings.reported_rule =
      value == "smallest_id" ? ReportedRule::kSmallestId : ReportedRule::kFirstInPolicy;
  return {};
}

Result<void> ApplyServiceTokens(MatchingSettings& settings, std::string_view value) {
  if (value != "service_group_alone" && value != "system_accounts_and_service_group") {
    return Wrong("--settings", "service_tokens",
                 "system_accounts_and_service_group or service_group_alone is allowed");
  }
  settings.service_tokens = value == "service_group_alone"
                                ? ServiceTokens::kServiceGroupAlone
                                : ServiceTokens::kSystemAccountsAndServiceGroup;
  return {};
}

// Several of one name are several values.
Result<void> AddVariable(std::vector<PathVariable>& variables, std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return Wrong("--env", text, "NAME=VALUE is allowed");
  }
  std::string name = UpperCase(text.substr(0, equals));
  const auto known = std::ranges::find(variables, name, &PathVariable::name);
  const auto place = known != variables.end()
                         ? known
                         : variables.insert(variables.end(), PathVariable{std::move(name), {}});
  place->values.emplace_back(text.substr(equals + 1));
  return {};
}

Result<void> ParseLists(const Options& options, Values& values) {
  for (const std::string& map : options.maps) {
    auto mapping = TreeMapping::Parse(map);
    if (!mapping) return Wrong("--map", map, mapping.error().message);
    values.maps.push_back(*std::move(mapping));
  }
  for (const std::string& group : SplitList(options.groups)) {
    values.groups.push_back(TRY(ParseGroup(group)));
  }
  for (const std::string& verdict : SplitList(options.filter)) {
    values.filter.push_back(TRY(ParseVerdict(verdict)));
  }
  for (const std::string& setting : SplitList(options.settings)) {
    TRY_VOID(ApplySetting(values.settings, setting));
  }
  for (const std::string& variable : options.judge.variables) {
    TRY_VOID(AddVariable(values.variables, variable));
  }
  return {};
}

}  // namespace

bool Values::Wants(Verdict verdict) const {
  return filter.empty() || std::ranges::find(filter, verdict) != filter.end();
}

Result<void> ApplySetting(MatchingSettings& settings, std::string_view text) {
  const size_t equals = std::min(text.find('='), text.size());
  std::string name(text.substr(0, equals));
  std::ranges::replace(name, '-', '_');
  const std::string_view value = text.substr(std::min(equals + 1, text.size()));
  if (name == "reported_rule") return ApplyReportedRule(settings, value);
  if (name == "service_tokens") return ApplyServiceTokens(settings, value);
  for (const BooleanSetting& setting : kBooleanSettings) {
    if (setting.name != name) continue;
    const auto on = ParseSwitch(value);
    if (!on) return Wrong("--settings", text, "on or off is allowed");
    settings.*setting.member = *on;
    return {};
  }
  std::string known = "reported_rule, service_tokens";
  for (const BooleanSetting& setting : kBooleanSettings) known += fmt::format(", {}", setting.name);
  return Wrong("--settings", text, fmt::format("no such setting; known are {}", known));
}

Result<Values> ParseValues(const Options& options) {
  Values values;
  values.at = Now();
  if (options.at) {
    const auto at = ParseUtcTime(*options.at);
    if (!at) return Wrong("--at", *options.at, at.error().message);
    values.at = *at;
  }
  if (options.as) {
    values.as = ParseOperation(*options.as);
    if (!values.as) {
      return Wrong("--as", *options.as,
                   "no operation; allowed are execute, load, script, install, package and open");
    }
  }
  if (options.user && UpperCase(*options.user).starts_with("S-1-")) {
    const auto sid = Sid::Parse(UpperCase(*options.user));
    if (!sid) return Wrong("--user", *options.user, sid.error().message);
    values.user = *sid;
  }
  TRY_VOID(ParseLists(options, values));
  return values;
}

}  // namespace portcullis::cli
