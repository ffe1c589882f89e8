// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/target_merge.h"

#include <fmt/core.h>

#include <map>
#include <set>
#include <utility>

#include "authoring/change/collections.h"
#include "authoring/rule_id.h"

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
  explicit Merging(NamedPolicy target) {
    merge_.policy = std::move(target.policy);
    for (const RuleCollection& collection : merge_.policy.collections) {
      const std::string name = NameOf(collection);
      if (collection.mode() != EnforcementMode::kNotConfigured) mode_from_[name] = target.name;
      for (const Rule& rule : collection.rules) Remember(name, rule);
    }
  }

  Result<void> Add(NamedPolicy source) {
    for (RuleCollection& collection : source.policy.collections) {
      TRY_VOID(AddCollection(std::move(collection), source.name));
    }
    if (merge_.policy.policy_extensions.empty()) {
      merge_.policy.policy_extensions = std::move(source.policy.policy_extensions);
    }
    return {};
  }
  TargetMerge Finish() && { return std::move(merge_); }

 private:
  Result<void> AddCollection(RuleCollection&& added, const std::string& source) {
    RuleCollection* target = FindCollection(merge_.policy, NameOf(added));
    if (target == nullptr) target = &merge_.policy.collections.emplace_back(ShellOf(added));
    MergeMode(*target, added, source);
    MergeExtensions(target->extensions, added.extensions);
    for (Rule& rule : added.rules) TRY_VOID(AddRule(*target, std::move(rule), source));
    return {};
  }

  void MergeMode(RuleCollection& target, const RuleCollection& added, const std::string& source) {
    if (target.mode() == EnforcementMode::kNotConfigured) {
      if (added.enforcement_mode) target.enforcement_mode = added.enforcement_mode;
      if (added.mode() != EnforcementMode::kNotConfigured) mode_from_[NameOf(target)] = source;
      return;
    }
    if (added.mode() == EnforcementMode::kNotConfigured || added.mode() == target.mode()) return;
    merge_.notices.push_back(fmt::format(
        "collection {} stays {}, as {} has it; {} has it {}", NameOf(target),
        ToString(target.mode()), mode_from_[NameOf(target)], source, ToString(added.mode())));
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

  // A rule that another collection's rule has the id of decides here as it did: dropped, it would
  // leave a collection that denied open.
  Result<void> AddRule(RuleCollection& target, Rule&& rule, const std::string& source) {
    const std::string name = NameOf(target);
    if (IsThere(name, rule, source)) return {};
    if (ids_.contains(rule.id.bytes)) {
      const applocker::RuleId id = TRY(DeriveRuleId(name, rule));
      merge_.notices.push_back(fmt::format(
          "rule {} \"{}\" of {} becomes {} in collection {}: a rule of another collection has its "
          "id",
          rule.id.ToString(), rule.name, source, id.ToString(), name));
      rule.id = id;
      if (IsThere(name, rule, source)) return {};
    }
    if (ids_.contains(rule.id.bytes)) {
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("{}: rule {} \"{}\" of collection {}: a rule of another collection "
                              "has this id too",
                              source, rule.id.ToString(), rule.name, name));
    }
    Remember(name, rule);
    target.rules.push_back(std::move(rule));
    return {};
  }

  // Whether the collection has a rule of this id; then it says so.
  bool IsThere(const std::string& collection, const Rule& rule, const std::string& source) {
    const auto place = rules_.find({collection, rule.id.bytes});
    if (place == rules_.end()) return false;
    merge_.notices.push_back(
        fmt::format("rule {} \"{}\" of {} is dropped: a rule of this id is there already{}",
                    rule.id.ToString(), rule.name, source,
                    place->second == rule ? ", and says the same" : ", and says something else"));
    return true;
  }

  void Remember(const std::string& collection, const Rule& rule) {
    ids_.insert(rule.id.bytes);
    rules_.emplace(std::pair(collection, rule.id.bytes), rule);
  }

  using Id = std::array<uint8_t, 16>;

  TargetMerge merge_;
  std::set<Id> ids_;
  std::map<std::pair<std::string, Id>, Rule> rules_;  // by collection
  std::map<std::string, std::string> mode_from_;      // collection: the policy that gave its mode
};

}  // namespace

Result<TargetMerge> MergeIntoTarget(NamedPolicy target, std::vector<NamedPolicy> sources) {
  Merging merging(std::move(target));
  for (NamedPolicy& source : sources) TRY_VOID(merging.Add(std::move(source)));
  return std::move(merging).Finish();
}

}  // namespace portcullis::authoring
