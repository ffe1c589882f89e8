// SPDX-License-Identifier: Apache-2.0
// Field by field, what differs between two rules, two collections or two policies.
//
// Shape:   fields in the order in which XML has them; nothing where nothing differs. Exceptions and
//          hashes are told one by one, as removed (`to` is empty) or added (`from` is empty).
// Threads: pure functions.
#pragma once

#include <vector>

#include "authoring/change/change.h"

namespace portcullis::authoring {

std::vector<FieldChange> FieldsThatDiffer(const applocker::Rule& a, const applocker::Rule& b);
// Mode and extensions.
std::vector<FieldChange> FieldsThatDiffer(const applocker::RuleCollection& a,
                                          const applocker::RuleCollection& b);
// Version and extensions.
std::vector<FieldChange> FieldsThatDiffer(const applocker::AppLockerPolicy& a,
                                          const applocker::AppLockerPolicy& b);

}  // namespace portcullis::authoring
