// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/effective.h"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "authoring/change/collections.h"
#include "policy/applocker/merge.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::EnforcementMode;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::ServicesEnforcement;

void NoteSettings(EffectiveCollection& effective, const RuleCollection& collection, size_t policy) {
  if (collection.mode() != EnforcementMode::kNotConfigured) {
    if (effective.mode_from) effective.mode_overruled.push_back(*effective.mode_from);
    effective.mode_from = policy;
  }
  if (!collection.extensions) return;
  const auto services =
      collection.extensions->services.value_or(ServicesEnforcement::kNotConfigured);
  if (services != ServicesEnforcement::kNotConfigured) effective.services_from = policy;
  if (collection.extensions->system_apps_allow) effective.system_apps_from = policy;
}

struct Held {
  const Rule* rule;
  size_t policy;
};
using Holders = std::map<std::array<uint8_t, 16>, Held>;

void NoteReplaced(EffectiveCollection& effective, Holders& holders,
                  const RuleCollection& collection, size_t policy) {
  for (const Rule& rule : collection.rules) {
    const auto [place, is_new] = holders.emplace(rule.id.bytes, Held{&rule, policy});
    if (is_new) continue;
    effective.replaced.push_back({*place->second.rule, place->second.policy, policy});
    place->second = {&rule, policy};
  }
}

}  // namespace

std::vector<EffectiveCollection> MakeEffective(const std::vector<AppLockerPolicy>& policies) {
  std::vector<EffectiveCollection> all;
  for (RuleCollection& merged : applocker::MergePolicies(policies).collections) {
    EffectiveCollection& effective = all.emplace_back();
    Holders holders;
    for (size_t i = 0; i < policies.size(); ++i) {
      const RuleCollection* const collection = FindCollection(policies[i], NameOf(merged));
      if (collection == nullptr) continue;
      NoteSettings(effective, *collection, i);
      NoteReplaced(effective, holders, *collection, i);
    }
    effective.collection = std::move(merged);
  }
  return all;
}

std::string WhyMode(const EffectiveCollection& effective, const std::vector<std::string>& names) {
  if (!effective.mode_from) {
    return effective.collection.rules.empty() ? "no policy configures it, and it has no rules"
                                              : "no policy configures it, and rules are enforced";
  }
  std::string text = fmt::format("set by {}", names[*effective.mode_from]);
  if (effective.mode_overruled.empty()) return text;
  text += ", the last that configures it, over ";
  for (size_t i = 0; i < effective.mode_overruled.size(); ++i) {
    text += (i == 0 ? "" : ", ") + names[effective.mode_overruled[i]];
  }
  return text;
}

}  // namespace portcullis::authoring
