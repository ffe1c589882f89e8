// SPDX-License-Identifier: Apache-2.0
// One layer's answer: the steps around the rules (services, packaged apps, SystemApps) and the
// rules.
//
// Lifetime: borrows the compiled collections, which a PolicySet holds. Rules are named by their
//          place; whoever holds the policy says which they are.
// Source:  sections 5.1, 5.2, 5.4, 5.6 and 5.7 of the reference; docs/semantics.md.
#pragma once

#include <array>
#include <memory>

#include "policy/applocker/compiled_collection.h"
#include "policy/decision.h"
#include "policy/matching_settings.h"
#include "policy/request.h"

namespace portcullis::applocker {

// What a verdict needs of a collection besides its rules.
struct CollectionHead {
  bool is_there = false;  // the policy has such a collection
  bool has_rules = false;
  bool system_apps_allow = false;
  EnforcementMode mode = EnforcementMode::kNotConfigured;
  ServicesEnforcement services = ServicesEnforcement::kNotConfigured;
};
CollectionHead HeadOf(const RuleCollection& collection);

// The collections of a policy by type; `rules` is null where it has no rules of that type.
struct CompiledPolicy {
  std::array<CollectionHead, kCollectionTypes> heads;
  std::array<std::unique_ptr<const CompiledCollection>, kCollectionTypes> rules;
};

CompiledPolicy CompilePolicy(const AppLockerPolicy& policy, const MatchingSettings& settings);

// A Decision but for its rule and policy, which are named by number where `is_by_rule`.
struct Judgement {
  Decision decision;
  bool is_by_rule = false;
  uint16_t source = 0;
  uint32_t place = 0;
};
Judgement Judge(const CompiledPolicy& policy, const Request& request,
                const MatchingSettings& settings);

}  // namespace portcullis::applocker
