// SPDX-License-Identifier: Apache-2.0
// Single changes of a policy, for scripts.
//
// Errors:  kMalformed for what is no id, mode or collection; kNotFound for a rule that is not
// there;
//          kUnsupported for an id that is there already. The policy is then as it was.
// Threads: pure but for the policy that is changed.
// Source:  docs/authoring.md "Single changes".
#pragma once

#include <string>
#include <vector>

#include "authoring/change/rule_text.h"
#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::authoring {

// Behind the others of its collection, which is made, NotConfigured, where it is not there.
Result<void> AddRule(applocker::AppLockerPolicy& policy, NewRule added);
// All of them, or none. A collection may be left without rules, and then allows everything.
Result<void> RemoveRules(applocker::AppLockerPolicy& policy, const std::vector<std::string>& ids);
// `mode` is "not-configured", "audit" or "enabled", or a word of the XML. A collection that is not
// there is made.
Result<void> SetMode(applocker::AppLockerPolicy& policy, const std::string& collection,
                     const std::string& mode);

}  // namespace portcullis::authoring
