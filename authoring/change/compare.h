// SPDX-License-Identifier: Apache-2.0
// The changes that lead from one policy to another; Apply (apply.h) takes them.
//
// Shape:   collections are the same by their type, rules by collection and id. A rule that is gone
//          beside a new one that differs by its id alone is renumbered. Of rules that stand in
//          another order the fewest are moved. The same policies give the same list.
// Limits:  time is n log n of the rules.
// Errors:  kMalformed where a collection has an id twice, a policy a collection twice, or a text
//          is none of XML; no policy that was read from XML does.
// Threads: a pure function.
// Source:  docs/authoring.md "Differences".
#pragma once

#include <vector>

#include "authoring/change/change.h"
#include "base/result.h"

namespace portcullis::authoring {

Result<std::vector<Change>> Compare(const applocker::AppLockerPolicy& a,
                                    const applocker::AppLockerPolicy& b);

}  // namespace portcullis::authoring
