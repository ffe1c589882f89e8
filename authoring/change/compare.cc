// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/compare.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "authoring/change/collections.h"
#include "authoring/change/fields.h"
#include "authoring/change/moved.h"
#include "policy/applocker/policy_writer.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::Rule;
using applocker::RuleCollection;

using Places = std::map<std::string, size_t>;

std::string KeyOf(const RuleCollection& collection) { return NameOf(collection); }
std::string KeyOf(const applocker::RuleId& id) { return {id.bytes.begin(), id.bytes.end()}; }
std::string KeyOf(const Rule& rule) { return KeyOf(rule.id); }
std::string Called(const RuleCollection& collection) { return "collection " + NameOf(collection); }
std::string Called(const Rule& rule) { return "rule " + rule.id.ToString(); }

template <typename Item>
Result<Places> PlacesOf(const std::vector<Item>& items) {
  Places places;
  for (size_t i = 0; i < items.size(); ++i) {
    if (places.emplace(KeyOf(items[i]), i).second) continue;
    return Fail(ErrorCode::kMalformed, fmt::format("{} stands twice", Called(items[i])));
  }
  return places;
}

// Two lists side by side: what is only in one, and the pairs of what is in both.
struct Pair {
  size_t from;
  size_t to;
  bool is_moved = false;
};
struct Sides {
  std::vector<size_t> removed;
  std::vector<size_t> added;
  std::vector<Pair> kept;
};

template <typename Item>
Result<Sides> SidesOf(const std::vector<Item>& a, const std::vector<Item>& b) {
  const Places in_a = TRY(PlacesOf(a));
  const Places in_b = TRY(PlacesOf(b));
  Sides sides;
  std::vector<size_t> places;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto found = in_b.find(KeyOf(a[i]));
    if (found == in_b.end()) {
      sides.removed.push_back(i);
    } else {
      sides.kept.push_back({i, found->second});
      places.push_back(found->second);
    }
  }
  const std::vector<bool> moved = ToBeMoved(places);
  for (size_t i = 0; i < moved.size(); ++i) sides.kept[i].is_moved = moved[i];
  for (size_t i = 0; i < b.size(); ++i) {
    if (!in_a.contains(KeyOf(b[i]))) sides.added.push_back(i);
  }
  return sides;
}

// What has_redstone says is written whenever there are extensions at all.
RuleCollection WrittenShell(const RuleCollection& collection) {
  RuleCollection shell = ShellOf(collection);
  if (shell.extensions) shell.extensions->has_redstone = true;
  return shell;
}

// ---- Rules

class RuleComparison {
 public:
  RuleComparison(const RuleCollection& a, const RuleCollection& b, std::vector<Change>& changes)
      : name_(NameOf(b)), a_(a.rules), b_(b.rules), changes_(changes) {}

  Result<void> Run() {
    Sides sides = TRY(SidesOf(a_, b_));
    TRY_VOID(FindRenumbered(sides));
    for (const size_t i : sides.removed) Add(ChangeKind::kRuleRemoved, i, &a_[i], nullptr);
    for (const size_t i : sides.added) Add(ChangeKind::kRuleAdded, i, nullptr, &b_[i]);
    for (const Pair& pair : renumbered_) AddPair(ChangeKind::kRuleRenumbered, pair);
    for (const Pair& pair : sides.kept) {
      if (a_[pair.from] != b_[pair.to]) {
        AddPair(ChangeKind::kRuleChanged, pair);
      } else if (pair.is_moved) {
        AddPair(ChangeKind::kRuleMoved, pair);
      }
    }
    return {};
  }

 private:
  // All that a rule says but its id.
  static Result<std::string> ContentOf(Rule rule) {
    rule.id = {};
    return applocker::RuleToXml(rule);
  }

  // The first that was removed goes with the first that was added and says the same.
  Result<void> FindRenumbered(Sides& sides) {
    if (sides.removed.empty() || sides.added.empty()) return {};
    std::multimap<std::string, size_t> added;
    for (const size_t i : sides.added) added.emplace(TRY(ContentOf(b_[i])), i);
    std::vector<size_t> removed;
    for (const size_t i : sides.removed) {
      const std::string content = TRY(ContentOf(a_[i]));
      const auto same = added.lower_bound(content);
      if (same == added.end() || same->first != content) {
        removed.push_back(i);
      } else {
        renumbered_.push_back({i, same->second});
        added.erase(same);
      }
    }
    sides.removed = std::move(removed);
    sides.added.clear();
    for (const auto& [key, i] : added) sides.added.push_back(i);
    std::ranges::sort(sides.added);
    return {};
  }

  void AddPair(ChangeKind kind, const Pair& pair) {
    Add(kind, pair.to, &a_[pair.from], &b_[pair.to]);
    changes_.back().fields = FieldsThatDiffer(a_[pair.from], b_[pair.to]);
  }
  void Add(ChangeKind kind, size_t at, const Rule* former, const Rule* rule) {
    Change& change = changes_.emplace_back();
    change.kind = kind;
    change.collection = name_;
    change.at = at;
    if (former != nullptr) change.former_rule = *former;
    if (rule != nullptr) change.rule = *rule;
  }

  std::string name_;
  const std::vector<Rule>& a_;
  const std::vector<Rule>& b_;
  std::vector<Pair> renumbered_;
  std::vector<Change>& changes_;
};

// ---- Collections

class PolicyComparison {
 public:
  PolicyComparison(const AppLockerPolicy& a, const AppLockerPolicy& b) : a_(a), b_(b) {}

  Result<std::vector<Change>> Run() {
    ComparePolicies();
    const Sides sides = TRY(SidesOf(a_.collections, b_.collections));
    for (const size_t i : sides.removed) {
      Add(ChangeKind::kCollectionRemoved, i, a_.collections[i]);
    }
    for (const size_t i : sides.added) {
      AddWithFields(ChangeKind::kCollectionAdded, i, {}, b_.collections[i]);
    }
    for (const Pair& pair : sides.kept) ComparePair(pair);
    TRY_VOID(CompareRules(sides));
    return std::move(changes_);
  }

 private:
  void ComparePolicies() {
    auto fields = FieldsThatDiffer(a_, b_);
    if (fields.empty()) return;
    Change& change = changes_.emplace_back();
    change.fields = std::move(fields);
    change.header = AppLockerPolicy{b_.version, {}, b_.policy_extensions};
  }

  void ComparePair(const Pair& pair) {
    const RuleCollection& from = a_.collections[pair.from];
    const RuleCollection& to = b_.collections[pair.to];
    if (WrittenShell(from) != WrittenShell(to)) {
      AddWithFields(ChangeKind::kCollectionChanged, pair.to, from, to);
    } else if (pair.is_moved) {
      Add(ChangeKind::kCollectionMoved, pair.to, to);
    }
  }

  Result<void> CompareRules(const Sides& sides) {
    for (const size_t i : sides.removed) {
      TRY_VOID(RuleComparison(a_.collections[i], ShellOf(a_.collections[i]), changes_).Run());
    }
    for (const size_t i : sides.added) {
      TRY_VOID(RuleComparison(ShellOf(b_.collections[i]), b_.collections[i], changes_).Run());
    }
    for (const Pair& pair : sides.kept) {
      TRY_VOID(RuleComparison(a_.collections[pair.from], b_.collections[pair.to], changes_).Run());
    }
    return {};
  }

  void AddWithFields(ChangeKind kind, size_t at, const RuleCollection& from,
                     const RuleCollection& to) {
    Add(kind, at, to);
    changes_.back().fields = FieldsThatDiffer(from, to);
  }
  void Add(ChangeKind kind, size_t at, const RuleCollection& collection) {
    Change& change = changes_.emplace_back();
    change.kind = kind;
    change.collection = NameOf(collection);
    change.at = at;
    if (kind != ChangeKind::kCollectionRemoved && kind != ChangeKind::kCollectionMoved) {
      change.shell = WrittenShell(collection);
    }
  }

  const AppLockerPolicy& a_;
  const AppLockerPolicy& b_;
  std::vector<Change> changes_;
};

}  // namespace

Result<std::vector<Change>> Compare(const AppLockerPolicy& a, const AppLockerPolicy& b) {
  return PolicyComparison(a, b).Run();
}

}  // namespace portcullis::authoring
