// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/edit.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "authoring/change/collections.h"
#include "authoring/mode_word.h"
#include "base/quote.h"
#include "policy/applocker/limits.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::EnforcementMode;
using applocker::Rule;
using applocker::RuleCollection;
using applocker::RuleId;

RuleCollection& CollectionOf(AppLockerPolicy& policy, applocker::CollectionType type) {
  if (RuleCollection* found = FindCollection(policy, ToString(type))) return *found;
  RuleCollection& made = policy.collections.emplace_back();
  made.type = type;
  made.type_text = ToString(type);
  return made;
}

const Rule* FindRule(const AppLockerPolicy& policy, const RuleId& id) {
  for (const RuleCollection& collection : policy.collections) {
    const auto found = std::ranges::find(collection.rules, id, &Rule::id);
    if (found != collection.rules.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

Result<void> AddRule(AppLockerPolicy& policy, NewRule added) {
  if (const Rule* there = FindRule(policy, added.rule.id)) {
    return Fail(ErrorCode::kUnsupported, fmt::format("rule {} is there already: {}",
                                                     there->id.ToString(), Quote(there->name)));
  }
  CollectionOf(policy, added.collection).rules.push_back(std::move(added.rule));
  return {};
}

Result<void> RemoveRules(AppLockerPolicy& policy, const std::vector<std::string>& ids) {
  std::set<std::array<uint8_t, 16>> wanted;
  for (const std::string& text : ids) {
    const auto id = RuleId::Parse(text);
    if (!id) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("{}: a rule's id is a GUID without braces", Quote(text)));
    }
    if (FindRule(policy, *id) == nullptr) {
      return Fail(ErrorCode::kNotFound, fmt::format("rule {} is not in the policy", text));
    }
    wanted.insert(id->bytes);
  }
  for (RuleCollection& collection : policy.collections) {
    std::erase_if(collection.rules,
                  [&](const Rule& rule) { return wanted.contains(rule.id.bytes); });
  }
  return {};
}

Result<void> SetMode(AppLockerPolicy& policy, const std::string& collection,
                     const std::string& mode) {
  const EnforcementMode wanted = TRY(ParseMode(mode));
  if (RuleCollection* found = FindCollection(policy, collection)) {
    found->enforcement_mode = wanted;
    return {};
  }
  const auto type = applocker::ParseCollectionType(collection);
  if (!type) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("collection {}: Exe, Dll, Script, Msi, Appx or ManagedInstaller is "
                            "allowed",
                            Quote(collection)));
  }
  CollectionOf(policy, *type).enforcement_mode = wanted;
  return {};
}

}  // namespace portcullis::authoring
