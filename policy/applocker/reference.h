// SPDX-License-Identifier: Apache-2.0
// The slow engine: each collection compiled to security descriptors, and an access check of them.
//
// It is the oracle that tests hold the fast engine to, and shares nothing with it but the model,
// the request and the decision: the conditions, their evaluation, the wildcard matcher, the SID
// test and the order of its steps are of other files, written to be read beside docs/semantics.md.
// Every descriptor is written to bytes and read back before it is asked, so that a verdict is what
// the bytes say.
//
// Errors:  Create refuses a policy that descriptors can not hold (descriptor/compiler.h).
// Lifetime: borrows the policies. Threads: immutable once made.
// Source:  docs/semantics.md; sections 5 and 7 of the reference.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "base/result.h"
#include "policy/applocker/descriptor/compiler.h"
#include "policy/policy_set.h"

namespace portcullis::reference {

class Engine {
 public:
  static Result<Engine> Create(const PolicySet& policies);

  Decision Decide(const Request& request) const;
  // Every rule that matches, in the order in which they are tried.
  std::vector<const applocker::Rule*> MatchingRules(const Request& request) const;

 private:
  // The collections of a layer, by type; nothing where it has no rules of that type.
  using Layer = std::array<std::optional<applocker::DescriptorPart>, applocker::kCollectionTypes>;

  explicit Engine(const PolicySet& policies) : policies_(&policies) {}
  Decision DecideLayer(size_t layer, const Request& request) const;
  Decision DecideByRules(size_t layer, const applocker::RuleCollection& collection,
                         const Request& request, Decision decision) const;

  const PolicySet* policies_;
  std::vector<Layer> layers_;
};

}  // namespace portcullis::reference
