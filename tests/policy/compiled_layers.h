// SPDX-License-Identifier: Apache-2.0
// Policy sets by way of compiled files, and what a verdict says in words that compare.
#pragma once

#include <string>
#include <vector>

#include "policy/policy_set.h"

namespace portcullis::testing {

// Each layer as a file.
Result<std::vector<std::string>> WriteLayers(const PolicySet& policies);
Result<PolicySet> ReadLayers(const std::vector<std::string>& files,
                             const MatchingSettings& settings, PolicySet::Builder::Images images);

// All that a verdict says, and every rule that matches.
std::string Story(const PolicySet& policies, const Request& request);
// The verdict with its trace.
std::string TraceStory(const PolicySet& policies, const Request& request);

}  // namespace portcullis::testing
