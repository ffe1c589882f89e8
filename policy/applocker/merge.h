// SPDX-License-Identifier: Apache-2.0
// Merging group policies as Windows does: each is written over the ones before it.
//
// Shape:   policies in order of application (local, site, domain, OU). Rules are the union by id; a
//          rule of a later policy takes the place of one with its id. The last policy that
//          configures the enforcement mode, Services or SystemApps of a collection decides it.
// Errors:  none; limits are the caller's to check.
// Source:  section 6.3 of the reference; docs/semantics.md "Merging".
#pragma once

#include <vector>

#include "policy/applocker/model.h"

namespace portcullis::applocker {

// `rule.source` of the result is the index of the policy a rule came from. No policy gives an
// empty one; one policy stays as it is.
AppLockerPolicy MergePolicies(std::vector<AppLockerPolicy> policies);

}  // namespace portcullis::applocker
