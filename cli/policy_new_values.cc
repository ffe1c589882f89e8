// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_new_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "authoring/generate/seen_file.h"
#include "authoring/mode_word.h"
#include "base/utf.h"
#include "host/accounts.h"

namespace portcullis::cli {
namespace {

namespace sids = well_known_sids;
using applocker::ServicesEnforcement;

struct NamedSid {
  std::string_view name;  // upper case
  Sid sid;
};
constexpr std::array<NamedSid, 4> kWellKnown = {{
    {"EVERYONE", sids::kEveryone},
    {"AUTHENTICATED USERS", sids::kAuthenticatedUsers},
    {"USERS", sids::kUsers},
    {"ADMINISTRATORS", sids::kAdministrators},
}};

Unexpected Wrong(std::string_view option, std::string_view found, std::string_view allowed) {
  return Fail(ErrorCode::kMalformed, fmt::format("{} {}: {}", option, found, allowed));
}

Result<std::vector<RuleType>> ParseTypes(const std::vector<std::string>& lists) {
  std::vector<RuleType> types;
  for (const std::string& text : SplitList(lists)) {
    const auto type = ParseRuleType(text);
    if (!type) return Wrong("--rule-type", text, "publisher, path and hash are allowed");
    if (std::ranges::find(types, *type) != types.end()) {
      return Wrong("--rule-type", text, "is there twice");
    }
    types.push_back(*type);
  }
  if (types.empty()) return GenerateOptions().types;
  return types;
}

Result<ServicesEnforcement> ParseServices(const std::string& text) {
  if (text == "not-configured") return ServicesEnforcement::kNotConfigured;
  if (text == "enabled") return ServicesEnforcement::kEnabled;
  if (text == "services-only") return ServicesEnforcement::kServicesOnly;
  return Wrong("--service-enforcement", text,
               "not-configured, enabled or services-only is allowed");
}

Result<void> ParsePublisher(const PolicyNewOptions& asked, GenerateOptions& how) {
  if (asked.publisher_level) {
    how.level = ParsePublisherLevel(*asked.publisher_level);
    if (!how.level) {
      return Wrong("--publisher-level", *asked.publisher_level,
                   "all-signed, publisher, product, file or version is allowed");
    }
  }
  if (!asked.version) return {};
  const auto version = ParseVersionChoice(*asked.version);
  if (!version) {
    return Wrong("--version", *asked.version, "at-least, exactly, at-most or any is allowed");
  }
  // Who says which versions wants rules that look at them.
  if (!how.level) how.level = PublisherLevel::kVersion;
  if (how.level != PublisherLevel::kVersion) {
    return Wrong("--version", *asked.version, "only rules of --publisher-level version have one");
  }
  how.version = *version;
  return {};
}

// The account that a SID of Samba's form names; nothing where it can not be told.
std::optional<Account> AccountOf(const Sid& sid, const AccountDirectory& accounts) {
  constexpr size_t kMost = 100'000;
  for (const auto& [uid, name] : accounts.ListAccounts(kMost)) {
    if (sids::UnixUser(uid) != sid) continue;
    const auto account = accounts.FindAccount(name);
    if (account) return *account;
  }
  return std::nullopt;
}

Writers WritersOf(const std::optional<Account>& account) {
  Writers writers;
  if (!account) return writers;
  writers.anybody = false;
  writers.uid = account->uid;
  writers.groups = account->groups;
  return writers;
}

}  // namespace

Result<GenerateOptions> ParseNewOptions(const Options& options) {
  const PolicyNewOptions& asked = options.authoring.policy_new;
  GenerateOptions how;
  how.types = TRY(ParseTypes(asked.rule_types));
  how.prefix = asked.prefix;
  how.grouping = asked.optimize ? Grouping::kOptimize : Grouping::kNone;
  how.missing = asked.skip_missing ? MissingInformation::kSkip : MissingInformation::kRefuse;
  TRY_VOID(ParsePublisher(asked, how));
  how.mode = TRY(authoring::ParseMode(asked.mode));
  if (asked.services) how.services = TRY(ParseServices(*asked.services));
  how.allow_windows = asked.allow_windows;
  how.default_rules = asked.default_rules;
  how.deny_known_bypasses = asked.deny_known_bypasses;
  if (!asked.whole.empty() && !asked.optimize) {
    return Wrong("--whole", asked.whole.front(), "only --optimize makes rules for folders");
  }
  return how;
}

Result<void> FindUser(const Options& options, const Values& values, GenerateOptions& how) {
  if (!options.user) return {};
  const SystemAccounts accounts;
  if (values.user) {
    how.user = *values.user;
    how.here_writers = WritersOf(AccountOf(how.user, accounts));
    return {};
  }
  const auto known = std::ranges::find(kWellKnown, UpperCase(*options.user), &NamedSid::name);
  if (known != kWellKnown.end()) {
    how.user = known->sid;
    return {};
  }
  const auto account = accounts.FindAccount(*options.user);
  if (account) {
    how.user = sids::UnixUser(account->uid);
    how.here_writers = WritersOf(*account);
    return {};
  }
  // Who is in a group changes: anybody might write.
  const auto group = accounts.FindGroup(*options.user);
  if (!group) {
    return Fail(account.error().code,
                fmt::format("--user {}: {}", *options.user, account.error().message));
  }
  how.user = sids::UnixGroup(*group);
  return {};
}

Result<std::vector<PathSpelling>> SpellFolders(const std::vector<std::string>& folders,
                                               const PathSpeller& speller) {
  std::vector<PathSpelling> spellings;
  for (const std::string& folder : folders) {
    std::error_code error;
    const auto real = std::filesystem::canonical(folder, error);
    // A folder of elsewhere, as facts have it, is only text.
    const bool is_here = !error && std::filesystem::is_directory(real, error);
    const auto spelled =
        is_here ? speller.ForDirectory(real == "/" ? std::string() : real.string()).Of("")
                : speller.ForText(folder);
    auto preferred = PreferredSpelling(spelled, speller.config());
    if (!preferred) return Wrong("--whole", folder, "a rule can not name it");
    spellings.push_back(*std::move(preferred));
  }
  return spellings;
}

}  // namespace portcullis::cli
