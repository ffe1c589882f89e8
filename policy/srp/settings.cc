// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/settings.h"

#include <algorithm>

#include "base/utf.h"
#include "security/sid.h"

namespace portcullis::srp {
namespace {

using applocker::CollectionType;

// As the user or by an enabled group: an administrator who is not elevated is none here.
bool IsIn(const AccessToken& token, const Sid& sid) {
  return token.user == sid || std::ranges::any_of(token.groups, [&sid](const TokenGroup& each) {
           return each.use == GroupUse::kEnabled && each.sid == sid;
         });
}

// What a script host or an installer asks about by itself, however SRP is enforced.
bool IsAskedByHost(const Request& request) {
  switch (request.operation) {
    case Operation::kScript:
    case Operation::kInstall:
      return true;
    case Operation::kExecute:
      return request.collection == CollectionType::kScript;
    default:
      return false;
  }
}

// Whether the file's type is one of the designated ones, however its path is spelled.
bool IsDesignated(const Settings& settings, const FileAttributes& file) {
  return std::ranges::any_of(file.paths, [&settings](const PathAttribute& path) {
    const size_t end = path.upper.find_last_of(".\\");
    return end != std::string::npos && path.upper[end] == '.' &&
           settings.executable_types.contains(std::string_view(path.upper).substr(end + 1));
  });
}

NotAsked WhyNotByOperation(const Settings& settings, const Request& request) {
  switch (request.operation) {
    case Operation::kScript:
    case Operation::kInstall:
    case Operation::kExecute:
      return NotAsked::kAsked;
    case Operation::kLoad:
      return settings.enforcement == TransparentEnabled::kAll ? NotAsked::kAsked
                                                              : NotAsked::kLibrary;
    case Operation::kOpen:
      return IsDesignated(settings, *request.file) ? NotAsked::kAsked : NotAsked::kNotDesignated;
    case Operation::kPackage:
      return NotAsked::kOtherKind;
  }
  return NotAsked::kOtherKind;
}

}  // namespace

Settings::Settings(std::span<const Policy> policies) {
  for (const Policy& policy : policies) {
    if (!policy.is_defined()) continue;
    is_defined = true;
    default_level = std::min(default_level, policy.level());
    enforcement = std::max(enforcement, policy.enforcement());
    policy_scope = std::min(policy_scope, policy.policy_scope.value_or(PolicyScope::kAllUsers));
    certificate_rules_count = certificate_rules_count || policy.certificate_rules_count();
    for (const std::string& type : policy.executable_types.value_or(DefaultExecutableTypes())) {
      executable_types.insert(UpperCase(type));
    }
  }
}

NotAsked WhyNotAsked(const Settings& settings, const Request& request) {
  if (!settings.is_defined) return NotAsked::kNoPolicy;
  if (IsIn(*request.token, well_known_sids::kLocalSystem)) return NotAsked::kSystemAccount;
  if (settings.policy_scope == PolicyScope::kAllButAdministrators &&
      IsIn(*request.token, well_known_sids::kAdministrators)) {
    return NotAsked::kAdministrator;
  }
  if (settings.enforcement == TransparentEnabled::kNone && !IsAskedByHost(request)) {
    return request.operation == Operation::kPackage ? NotAsked::kOtherKind : NotAsked::kNotEnforced;
  }
  return WhyNotByOperation(settings, request);
}

bool IsBlocked(Level level, bool is_default, const Request& request) {
  if (level == Level::kUnrestricted) return false;
  const bool is_script =
      request.operation == Operation::kScript || request.collection == CollectionType::kScript;
  return level != Level::kBasicUser || !is_default || !is_script;
}

}  // namespace portcullis::srp
