// SPDX-License-Identifier: Apache-2.0
// Hash rules of one action and SID, made one rule.
//
// Shape:   the rule that is made stands where the first of them stood and has each hash once. A
//          rule that has no other to join stays as it is.
// Errors:  kUnsupported where the machine has no SHA-256, for ids.
// Threads: pure but for what it is given.
#pragma once

#include <vector>

#include "authoring/change/optimize.h"

namespace portcullis::authoring {

// Appends to `removed` each rule that went into another.
Result<void> JoinHashes(applocker::RuleCollection& collection, std::vector<RemovedRule>& removed);

}  // namespace portcullis::authoring
