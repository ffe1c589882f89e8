// SPDX-License-Identifier: Apache-2.0
// Holding both engines, and the trace, to one answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "policy/applocker/reference.h"
#include "policy/policy_set.h"

namespace portcullis::testing {

// Of policies that descriptors can hold, as all generated ones are.
reference::Engine ReferenceFor(const PolicySet& policies);

// What the two engines say differently of a request, in words; nothing where they agree.
// `reference` is that of the policies.
std::optional<std::string> Disagreement(const PolicySet& policies,
                                        const reference::Engine& reference, const Request& request);

// How much of the rules a run of cases brought into play.
struct Coverage {
  size_t cases = 0;
  size_t with_match = 0;
  size_t with_deny_and_allow = 0;  // both kinds match
  size_t with_exception = 0;       // an exception cancels some rule

  void Count(const PolicySet& policies, const Request& request);
  std::string ToString() const;
};

std::string Describe(const Request& request);

}  // namespace portcullis::testing
