// SPDX-License-Identifier: Apache-2.0
// Collections of a policy by name, those of unknown type too.
//
// Lifetime: what is found points into the policy.
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "policy/applocker/model.h"

namespace portcullis::authoring {

// "Exe" in canonical case, or the type as written.
std::string NameOf(const applocker::RuleCollection& collection);

applocker::RuleCollection* FindCollection(applocker::AppLockerPolicy& policy,
                                          std::string_view name);
const applocker::RuleCollection* FindCollection(const applocker::AppLockerPolicy& policy,
                                                std::string_view name);

// The collection without its rules: its mode and extensions.
applocker::RuleCollection ShellOf(const applocker::RuleCollection& collection);

}  // namespace portcullis::authoring
