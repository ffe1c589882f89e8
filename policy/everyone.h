// SPDX-License-Identifier: Apache-2.0
// Whether a verdict is an allow whoever asks: proved by Decide itself.
//
// Shape:   every token has Everyone, enabled, and of the SIDs that rules name at most all. An allow
//          rule that the least token matches is matched by every token; a deny rule that the
//          greatest does not match is matched by none. What allows both, as a service and not,
//          allows everyone; an audited denial counts as a denial.
// Lifetime: TokenBounds is made once for a PolicySet and borrows nothing of it.
// Threads: immutable once made; Allows is pure.
#pragma once

#include <array>

#include "policy/policy_set.h"
#include "policy/request.h"

namespace portcullis {

class TokenBounds {
 public:
  explicit TokenBounds(const PolicySet& policies);

  // `policies` is what this was made from. The request's token and flags do not count.
  bool AllowEveryone(const PolicySet& policies, const Request& request) const;

 private:
  std::array<AccessToken, 4> tokens_;  // least and greatest, each also as a service
};

bool AllowsEveryone(const PolicySet& policies, const Request& request);

}  // namespace portcullis
