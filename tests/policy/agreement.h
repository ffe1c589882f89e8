// SPDX-License-Identifier: Apache-2.0
// Holding both engines to one answer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "policy/policy_set.h"

namespace portcullis::testing {

// What the two engines say differently of a request, in words; nothing where they agree.
std::optional<std::string> Disagreement(const PolicySet& policies, const Request& request);

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
