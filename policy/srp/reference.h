// SPDX-License-Identifier: Apache-2.0
// Software Restriction Policies word by word: every rule that matches, sorted by the table of
// precedence, of which the first decides. Slow and obvious: the oracle of the tests, and the story
// that `explain` tells.
//
// Shape:   it shares the model, the expansion of variables and the paths of a request with the fast
//          engine (compiled_policy.h), and neither its comparison nor its tables.
// Lifetime: what is returned points into `policies`.
// Threads: pure functions.
// Source:  docs/srp.md "Precedence"; reference 10.4, 10.5.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/request.h"
#include "policy/srp/answer.h"
#include "policy/srp/environment.h"
#include "policy/srp/model.h"

namespace portcullis::srp::reference {

// The rules that match, the strongest first.
std::vector<Match> MatchesInOrder(std::span<const Policy> policies, const Environment& environment,
                                  const Request& request);

Answer Identify(std::span<const Policy> policies, const Environment& environment,
                const Request& request);

// One rule's text, expanded, against one path.
std::optional<Specificity> MatchPath(std::string_view expanded, const PathAttribute& path);

}  // namespace portcullis::srp::reference
