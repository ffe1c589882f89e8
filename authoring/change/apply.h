// SPDX-License-Identifier: Apache-2.0
// Takes the changes that Compare found: Apply(a, Compare(a, b)) is b.
//
// Errors:  kNotFound and kMalformed, with the rule or the collection, where the policy is not the
//          one that the changes are about: a rule that is changed, removed or moved must be there
//          and say what it said, and every place must be in the policy. Nothing else is checked;
//          the writer's reader sees to the rest (checked_text.h).
// Threads: a pure function.
#pragma once

#include <vector>

#include "authoring/change/change.h"
#include "base/result.h"

namespace portcullis::authoring {

Result<applocker::AppLockerPolicy> Apply(applocker::AppLockerPolicy policy,
                                         const std::vector<Change>& changes);

}  // namespace portcullis::authoring
