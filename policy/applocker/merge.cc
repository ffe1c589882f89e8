// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/merge.h"

#include <algorithm>
#include <map>
#include <utility>

namespace portcullis::applocker {
namespace {

bool IsSameCollection(const RuleCollection& a, const RuleCollection& b) {
  return a.type == b.type && (a.type.has_value() || a.type_text == b.type_text);
}

void MergeExtensions(std::optional<RuleCollectionExtensions>& target,
                     std::optional<RuleCollectionExtensions>&& later) {
  if (!later) return;
  if (!target) {
    target = std::move(later);
    return;
  }
  if (later->services.value_or(ServicesEnforcement::kNotConfigured) !=
      ServicesEnforcement::kNotConfigured) {
    target->services = later->services;
  }
  target->has_redstone = target->has_redstone || later->has_redstone;
  if (later->system_apps_allow) target->system_apps_allow = later->system_apps_allow;
  if (later->origin_data_revocation) {
    target->origin_data_revocation = later->origin_data_revocation;
  }
  if (!later->other_elements.empty()) target->other_elements = std::move(later->other_elements);
}

void MergeRules(std::vector<Rule>& target, std::vector<Rule>&& later) {
  std::map<std::array<uint8_t, 16>, size_t> place_of_id;
  for (size_t i = 0; i < target.size(); ++i) place_of_id.emplace(target[i].id.bytes, i);
  for (Rule& rule : later) {
    const auto [place, is_new] = place_of_id.emplace(rule.id.bytes, target.size());
    if (is_new) {
      target.push_back(std::move(rule));
    } else {
      target[place->second] = std::move(rule);
    }
  }
}

void MergeCollection(AppLockerPolicy& target, RuleCollection&& later) {
  const auto same = std::ranges::find_if(target.collections, [&](const RuleCollection& candidate) {
    return IsSameCollection(candidate, later);
  });
  if (same == target.collections.end()) {
    target.collections.push_back(std::move(later));
    return;
  }
  if (later.mode() != EnforcementMode::kNotConfigured) {
    same->enforcement_mode = later.enforcement_mode;
  }
  MergeExtensions(same->extensions, std::move(later.extensions));
  MergeRules(same->rules, std::move(later.rules));
}

}  // namespace

AppLockerPolicy MergePolicies(std::vector<AppLockerPolicy> policies) {
  AppLockerPolicy merged;
  for (size_t i = 0; i < policies.size(); ++i) {
    for (RuleCollection& collection : policies[i].collections) {
      for (Rule& rule : collection.rules) rule.source = static_cast<uint16_t>(i);
    }
    if (i == 0) {
      merged = std::move(policies[0]);
      continue;
    }
    for (RuleCollection& collection : policies[i].collections) {
      MergeCollection(merged, std::move(collection));
    }
    if (!policies[i].policy_extensions.empty()) {
      merged.policy_extensions = std::move(policies[i].policy_extensions);
    }
    policies[i] = {};  // a policy of 100 000 rules is not kept twice
  }
  return merged;
}

}  // namespace portcullis::applocker
