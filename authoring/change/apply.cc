// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/apply.h"

#include <fmt/core.h>

#include <map>
#include <string>
#include <utility>

#include "authoring/change/collections.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::Rule;
using applocker::RuleCollection;
using Changes = std::vector<const Change*>;

template <typename Item>
struct Placed {
  size_t at;
  Item item;
};

// Each thing at its place; the rest fills the places between, in its order.
template <typename Item>
Result<std::vector<Item>> Arrange(std::vector<Placed<Item>> placed, std::vector<Item> rest) {
  std::vector<std::optional<Item>> places(placed.size() + rest.size());
  for (Placed<Item>& one : placed) {
    if (one.at >= places.size()) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("a change is for place {}, and there are {}", one.at, places.size()));
    }
    if (places[one.at]) {
      return Fail(ErrorCode::kMalformed, fmt::format("two changes are for place {}", one.at));
    }
    places[one.at] = std::move(one.item);
  }
  std::vector<Item> items;
  items.reserve(places.size());
  size_t next = 0;
  for (auto& place : places) items.push_back(place ? *std::move(place) : std::move(rest[next++]));
  return items;
}

// ---- Rules

class RuleChanges {
 public:
  explicit RuleChanges(std::vector<Rule> rules) : rules_(std::move(rules)) {
    for (size_t i = 0; i < rules_.size(); ++i) places_.emplace(rules_[i].id.bytes, i);
    is_taken_.resize(rules_.size());
  }

  Result<std::vector<Rule>> Take(const Changes& changes) {
    for (const Change* change : changes) {
      if (change->former_rule) TRY_VOID(TakeOut(*change->former_rule));
      if (change->rule) placed_.push_back({change->at, *change->rule});
    }
    std::vector<Rule> rest;
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (!is_taken_[i]) rest.push_back(std::move(rules_[i]));
    }
    return Arrange(std::move(placed_), std::move(rest));
  }

 private:
  Result<void> TakeOut(const Rule& former) {
    const auto place = places_.find(former.id.bytes);
    if (place == places_.end() || is_taken_[place->second]) {
      return Fail(ErrorCode::kNotFound,
                  fmt::format("rule {} is not in the policy", former.id.ToString()));
    }
    if (rules_[place->second] != former) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("rule {} of the policy does not say what the changes say it did",
                              former.id.ToString()));
    }
    is_taken_[place->second] = true;
    return {};
  }

  std::vector<Rule> rules_;
  std::map<std::array<uint8_t, 16>, size_t> places_;
  std::vector<bool> is_taken_;
  std::vector<Placed<Rule>> placed_;
};

// ---- Collections

class PolicyChanges {
 public:
  explicit PolicyChanges(AppLockerPolicy policy) : policy_(std::move(policy)) {}

  Result<AppLockerPolicy> Take(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      if (IsOfRule(change.kind)) {
        rule_changes_[change.collection].push_back(&change);
      } else {
        TRY_VOID(TakeOne(change));
      }
    }
    std::erase_if(policy_.collections, [&](const RuleCollection& collection) {
      return is_placed_.contains(NameOf(collection));
    });
    policy_.collections = TRY(Arrange(std::move(placed_), std::move(policy_.collections)));
    for (RuleCollection& removed : removed_) TRY_VOID(TakeRules(removed));
    for (RuleCollection& collection : policy_.collections) TRY_VOID(TakeRules(collection));
    TRY_VOID(CheckAllIsDone());
    return std::move(policy_);
  }

 private:
  Result<void> TakeOne(const Change& change) {
    if (change.kind == ChangeKind::kPolicyChanged) {
      policy_.version = change.header->version;
      policy_.policy_extensions = change.header->policy_extensions;
      return {};
    }
    const RuleCollection* const found = FindCollection(policy_, change.collection);
    const bool is_new = change.kind == ChangeKind::kCollectionAdded;
    if ((found == nullptr) != is_new || !is_placed_.emplace(change.collection, true).second) {
      return Fail(ErrorCode::kNotFound, fmt::format("collection {} is {}in the policy",
                                                    change.collection, is_new ? "" : "not "));
    }
    if (change.kind == ChangeKind::kCollectionRemoved) {
      removed_.push_back(*found);
      return {};
    }
    RuleCollection collection = is_new ? *change.shell : *found;
    if (change.kind == ChangeKind::kCollectionChanged) {
      collection.enforcement_mode = change.shell->enforcement_mode;
      collection.extensions = change.shell->extensions;
    }
    placed_.push_back({change.at, std::move(collection)});
    return {};
  }

  Result<void> TakeRules(RuleCollection& collection) {
    const auto changes = rule_changes_.extract(NameOf(collection));
    if (changes.empty()) return {};
    collection.rules = TRY(RuleChanges(std::move(collection.rules)).Take(changes.mapped()));
    return {};
  }

  Result<void> CheckAllIsDone() const {
    for (const RuleCollection& removed : removed_) {
      if (removed.rules.empty()) continue;
      return Fail(ErrorCode::kMalformed,
                  fmt::format("collection {} is to be removed and has rules that are not",
                              NameOf(removed)));
    }
    if (rule_changes_.empty()) return {};
    return Fail(ErrorCode::kNotFound,
                fmt::format("collection {} is not in the policy", rule_changes_.begin()->first));
  }

  AppLockerPolicy policy_;
  std::map<std::string, bool> is_placed_;
  std::vector<Placed<RuleCollection>> placed_;
  std::vector<RuleCollection> removed_;
  std::map<std::string, Changes> rule_changes_;
};

}  // namespace

Result<AppLockerPolicy> Apply(AppLockerPolicy policy, const std::vector<Change>& changes) {
  return PolicyChanges(std::move(policy)).Take(changes);
}

}  // namespace portcullis::authoring
