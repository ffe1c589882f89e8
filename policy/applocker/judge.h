// SPDX-License-Identifier: Apache-2.0
// One layer's answer: the steps around the rules (services, packaged apps, SystemApps) and the
// rules.
//
// Lifetime: borrows the policy and the compiled collections, which a PolicySet holds together.
// Source:  sections 5.1, 5.2, 5.4, 5.6 and 5.7 of the reference; docs/semantics.md.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>

#include "policy/applocker/compiled_collection.h"
#include "policy/decision.h"
#include "policy/matching_settings.h"
#include "policy/request.h"

namespace portcullis::applocker {

// The collections of a policy by type, compiled; null where it has no rules of that type, and for
// ManagedInstaller, whose rules judge nobody.
using CompiledPolicy = std::array<std::unique_ptr<const CompiledCollection>, kCollectionTypes>;

CompiledPolicy CompilePolicy(const AppLockerPolicy& policy, const MatchingSettings& settings);

// What a layer is made of; borrowed.
struct JudgedLayer {
  const AppLockerPolicy& policy;
  const CompiledPolicy& compiled;
  std::span<const std::string> names;  // of the policies that were merged
};
Decision Judge(const JudgedLayer& layer, const Request& request, const MatchingSettings& settings);

}  // namespace portcullis::applocker
