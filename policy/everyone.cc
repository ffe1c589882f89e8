// SPDX-License-Identifier: Apache-2.0
#include "policy/everyone.h"

#include <algorithm>
#include <unordered_set>

namespace portcullis {
namespace {

void AddSidsOf(const applocker::RuleCollection& collection, std::unordered_set<Sid>& sids) {
  for (const applocker::Rule& rule : collection.rules) sids.insert(rule.user_or_group_sid);
}

std::vector<TokenGroup> NamedByRules(const PolicySet& policies) {
  std::unordered_set<Sid> sids;
  for (size_t i = 0; i < policies.layers(); ++i) {
    for (const auto& collection : policies.layer(i).collections) AddSidsOf(collection, sids);
  }
  std::vector<TokenGroup> groups;
  groups.reserve(sids.size() + 1);
  for (const Sid& sid : sids) groups.push_back({sid, GroupUse::kEnabled});
  return groups;
}

AccessToken With(std::vector<TokenGroup> groups, bool is_service) {
  AccessToken token;
  // As the user too: any other SID may be one that a rule names.
  token.user = well_known_sids::kEveryone;
  token.groups = std::move(groups);
  token.groups.push_back({well_known_sids::kEveryone, GroupUse::kEnabled});
  token.is_service = is_service;
  return token;
}

}  // namespace

TokenBounds::TokenBounds(const PolicySet& policies) {
  const std::vector<TokenGroup> named = NamedByRules(policies);
  tokens_ = {With({}, false), With({}, true), With(named, false), With(named, true)};
}

bool TokenBounds::AllowEveryone(const PolicySet& policies, const Request& request) const {
  return std::ranges::none_of(tokens_, [&](const AccessToken& token) {
    Request asked = request;
    asked.token = &token;
    asked.flags = {};
    return IsDenial(Decide(policies, asked).verdict);
  });
}

bool AllowsEveryone(const PolicySet& policies, const Request& request) {
  return TokenBounds(policies).AllowEveryone(policies, request);
}

}  // namespace portcullis
