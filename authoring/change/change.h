// SPDX-License-Identifier: Apache-2.0
// What is different between two policies: a list of changes that lead from one to the other.
//
// Shape:   changes of the policy itself come first, then those of collections, then those of rules,
//          collection by collection. Each says what is there afterwards (and what was there
//          before), so that the list can be applied, and for people field by field what differs.
// Units:   `at` counts from 0 in the order of the policy: where the collection or the rule stands
//          afterwards; for what is removed, where it stood before.
// Lifetime: values.
// Source:  docs/authoring.md "Differences".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/applocker/model.h"

namespace portcullis::authoring {

enum class ChangeKind : uint8_t {
  kPolicyChanged,  // its version or its extensions
  kCollectionRemoved,
  kCollectionAdded,    // without its rules, which are added one by one
  kCollectionChanged,  // its mode or its extensions
  kCollectionMoved,
  kRuleRemoved,
  kRuleAdded,
  kRuleChanged,
  kRuleRenumbered,  // its id alone
  kRuleMoved,
};
const char* ToString(ChangeKind kind);  // "policy-changed", "rule-added", ...
std::optional<ChangeKind> ParseChangeKind(std::string_view text);
// Whether it is about a rule, and not about a collection or the policy.
constexpr bool IsOfRule(ChangeKind kind) { return kind >= ChangeKind::kRuleRemoved; }

struct FieldChange {
  std::string field;  // "mode", "path", "low_version", ...
  std::string from;
  std::string to;

  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

struct Change {
  ChangeKind kind = ChangeKind::kPolicyChanged;
  std::string collection;  // its name; empty for the policy
  size_t at = 0;
  std::vector<FieldChange> fields;
  // What was and what is there; for rules.
  std::optional<applocker::Rule> former_rule;
  std::optional<applocker::Rule> rule;
  // What is there: for collections, without rules; for the policy, without collections.
  std::optional<applocker::RuleCollection> shell;
  std::optional<applocker::AppLockerPolicy> header;

  friend bool operator==(const Change&, const Change&) = default;
};

}  // namespace portcullis::authoring
