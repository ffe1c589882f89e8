// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/policy_builder.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "authoring/generate/default_rules.h"
#include "authoring/rule_id.h"
#include "policy/applocker/limits.h"

namespace portcullis {
namespace {

using applocker::CollectionType;
using applocker::Rule;
using applocker::RuleCollection;

// As Windows' editor lists them.
constexpr std::array kOrder = {CollectionType::kExe, CollectionType::kMsi, CollectionType::kScript,
                               CollectionType::kDll, CollectionType::kAppx};

bool HasExtensions(CollectionType type) {
  return type == CollectionType::kExe || type == CollectionType::kDll;
}

Rule RuleOf(const applocker::Condition& condition, applocker::Action action, const Sid& user) {
  Rule rule;
  rule.condition = condition;
  rule.action = action;
  rule.user_or_group_sid = user;
  return rule;
}

Result<void> CheckCount(CollectionType type, const RuleCollection& collection) {
  if (collection.rules.size() <= applocker::kMaxRulesPerCollection) return {};
  return Fail(
      ErrorCode::kLimitExceeded,
      fmt::format("{}: {} rules, Windows takes at most {}; --optimize makes fewer", ToString(type),
                  collection.rules.size(), applocker::kMaxRulesPerCollection));
}

}  // namespace

Result<void> PolicyBuilder::Add(DraftRule rule) {
  Draft draft;
  draft.rule = std::move(rule);
  draft.user = options_.user;
  return Add(std::move(draft));
}

Result<void> PolicyBuilder::Add(Draft draft) {
  const CollectionType type = draft.rule.collection;
  draft.id = TRY(authoring::DeriveRuleId(ToString(type),
                                         RuleOf(draft.rule.condition, draft.action, draft.user)));
  const bool allows = draft.action == applocker::Action::kAllow;
  auto [found, is_new] = collections_[type].drafts.try_emplace(
      {allows, draft.rule.condition.index(), draft.rule.name, draft.id.bytes});
  if (is_new) {
    found->second = std::move(draft);
    return {};
  }
  auto& files = found->second.rule.files;
  files.insert(files.end(), draft.rule.files.begin(), draft.rule.files.end());
  return {};
}

Result<void> PolicyBuilder::AddDefaultRules() {
  auto defaults = TRY(DefaultRules());
  for (RuleCollection& collection : defaults.collections) {
    const bool is_wanted =
        collection.type != CollectionType::kDll || collections_.contains(CollectionType::kDll);
    if (is_wanted) collections_[*collection.type].default_rules = std::move(collection.rules);
  }
  return {};
}

Result<void> PolicyBuilder::AddBypasses(const std::set<BypassPlatform>& platforms,
                                        std::vector<std::string>& notes) {
  std::set<CollectionType> without_rules;
  for (const KnownBypass& bypass : KnownBypasses()) {
    if (!platforms.contains(bypass.platform) || !bypass.needed_by.empty()) continue;
    if (!collections_.contains(bypass.collection)) {
      without_rules.insert(bypass.collection);
      continue;
    }
    Draft draft;
    draft.rule = {bypass.collection, ConditionOf(bypass), "Known bypass: " + bypass.name, {}};
    draft.description = fmt::format("It {}. Source: {}", bypass.why, bypass.source);
    draft.action = applocker::Action::kDeny;
    draft.bypass = &bypass;
    draft.user = options_.default_rules ? well_known_sids::kEveryone : options_.user;
    TRY_VOID(Add(std::move(draft)));
  }
  for (const CollectionType type : without_rules) {
    notes.push_back(fmt::format(
        "{}: no rule allows anything, so known bypasses are not denied either", ToString(type)));
  }
  return {};
}

RuleCollection PolicyBuilder::Empty(CollectionType type) const {
  RuleCollection collection;
  collection.type = type;
  collection.type_text = ToString(type);
  collection.enforcement_mode = options_.mode;
  const bool extends = options_.services.has_value() || options_.allow_windows;
  if (!HasExtensions(type) || !extends) return collection;
  applocker::RuleCollectionExtensions extensions;
  extensions.services = options_.services;
  extensions.has_redstone = true;
  if (options_.allow_windows) extensions.system_apps_allow = true;
  collection.extensions = std::move(extensions);
  return collection;
}

Result<void> PolicyBuilder::BuildCollection(CollectionType type, Collection& collection,
                                            Generated& generated) const {
  RuleCollection built = Empty(type);
  built.rules = std::move(collection.default_rules);
  for (Rule& rule : built.rules) rule.line = 0;  // of the text that is shipped
  for (auto& [key, draft] : collection.drafts) {
    Rule rule = RuleOf(draft.rule.condition, draft.action, draft.user);
    rule.id = draft.id;
    rule.name = draft.rule.name;
    if (!options_.prefix.empty()) rule.name = fmt::format("{}: {}", options_.prefix, rule.name);
    rule.name = RuleName(rule.name);
    rule.description = std::move(draft.description);
    std::ranges::sort(draft.rule.files);
    generated.origins.push_back(
        {type, rule.id, rule.name, std::move(draft.rule.files), draft.bypass});
    built.rules.push_back(std::move(rule));
  }
  TRY_VOID(CheckCount(type, built));
  generated.policy.collections.push_back(std::move(built));
  return {};
}

Result<void> PolicyBuilder::Build(Generated& generated) {
  for (const CollectionType type : kOrder) {
    const auto found = collections_.find(type);
    if (found != collections_.end()) TRY_VOID(BuildCollection(type, found->second, generated));
  }
  return {};
}

}  // namespace portcullis
