// SPDX-License-Identifier: Apache-2.0
// What is in force when several group policies apply, and which of them each part came from.
//
// Shape:   the policies merged in order of application (policy/applocker/merge.h, which decides);
//          beside each collection the policies that set its mode, Services and SystemApps, and the
//          rules whose place a later policy took. A policy is named by its index.
// Threads: a pure function.
// Source:  section 6.3 of the reference; docs/authoring.md "Merging".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/applocker/model.h"

namespace portcullis::authoring {

struct ReplacedRule {
  applocker::Rule rule;
  size_t from = 0;  // the policy that has it
  size_t by = 0;    // the next policy that has another of this id
};

struct EffectiveCollection {
  applocker::RuleCollection collection;  // Rule::source is the policy
  std::optional<size_t> mode_from;       // absent: none configures it
  std::vector<size_t> mode_overruled;    // earlier policies that configure it
  std::optional<size_t> services_from;
  std::optional<size_t> system_apps_from;
  std::vector<ReplacedRule> replaced;
};

std::vector<EffectiveCollection> MakeEffective(
    const std::vector<applocker::AppLockerPolicy>& policies);

// Why the collection has its mode, as a sentence without a full stop. `names` are the policies'.
std::string WhyMode(const EffectiveCollection& effective, const std::vector<std::string>& names);

}  // namespace portcullis::authoring
