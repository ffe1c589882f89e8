// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/target_merge.h"

#include <fmt/core.h>

#include <map>
#include <utility>

#include "authoring/change/collections.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::EnforcementMode;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::RuleCollectionExtensions;
using applocker::ServicesEnforcement;

class Merging {
 public:
  explicit Merging(NamedPolicy target) : name_(std::move(target.name)) {
    merge_.policy = std::move(target.policy);
    for (const RuleCollection& collection : merge_.policy.collections) {
      for (const Rule& rule : collection.rules) ids_.emplace(rule.id.bytes, rule);
    }
  }

  void Add(NamedPolicy source) {
    for (RuleCollection& collection : source.policy.collections) {
      AddCollection(std::move(collection), source.name);
    }
    if (merge_.policy.policy_extensions.empty()) {
      merge_.policy.policy_extensions = std::move(source.policy.policy_extensions);
    }
  }
  TargetMerge Finish() && { return std::move(merge_); }

 private:
  void AddCollection(RuleCollection&& added, const std::string& source) {
    RuleCollection* target = FindCollection(merge_.policy, NameOf(added));
    if (target == nullptr) target = &merge_.policy.collections.emplace_back(ShellOf(added));
    MergeMode(*target, added, source);
    MergeExtensions(target->extensions, added.extensions);
    for (Rule& rule : added.rules) AddRule(*target, std::move(rule), source);
  }

  void MergeMode(RuleCollection& target, const RuleCollection& added, const std::string& source) {
    if (target.mode() == EnforcementMode::kNotConfigured) {
      if (added.enforcement_mode) target.enforcement_mode = added.enforcement_mode;
      return;
    }
    if (added.mode() == EnforcementMode::kNotConfigured || added.mode() == target.mode()) return;
    merge_.notices.push_back(fmt::format("collection {} stays {}, as {} has it; {} has it {}",
                                         NameOf(target), ToString(target.mode()), name_, source,
                                         ToString(added.mode())));
  }

  static void MergeExtensions(std::optional<RuleCollectionExtensions>& target,
                              const std::optional<RuleCollectionExtensions>& added) {
    if (!added) return;
    if (!target) {
      target = added;
      return;
    }
    if (target->services.value_or(ServicesEnforcement::kNotConfigured) ==
            ServicesEnforcement::kNotConfigured &&
        added->services) {
      target->services = added->services;
    }
    target->has_redstone = target->has_redstone || added->has_redstone;
    if (!target->system_apps_allow) target->system_apps_allow = added->system_apps_allow;
    if (!target->origin_data_revocation) {
      target->origin_data_revocation = added->origin_data_revocation;
    }
    if (target->other_elements.empty()) target->other_elements = added->other_elements;
  }

  void AddRule(RuleCollection& target, Rule&& rule, const std::string& source) {
    const auto [place, is_new] = ids_.emplace(rule.id.bytes, rule);
    if (!is_new) {
      merge_.notices.push_back(
          fmt::format("rule {} \"{}\" of {} is dropped: a rule of this id is there already{}",
                      rule.id.ToString(), rule.name, source,
                      place->second == rule ? ", and says the same" : ", and says something else"));
      return;
    }
    target.rules.push_back(std::move(rule));
  }

  std::string name_;
  TargetMerge merge_;
  std::map<std::array<uint8_t, 16>, Rule> ids_;
};

}  // namespace

TargetMerge MergeIntoTarget(NamedPolicy target, std::vector<NamedPolicy> sources) {
  Merging merging(std::move(target));
  for (NamedPolicy& source : sources) merging.Add(std::move(source));
  return std::move(merging).Finish();
}

}  // namespace portcullis::authoring
