// SPDX-License-Identifier: Apache-2.0
// Merging policies into one as `Set-AppLockerPolicy -Merge` does: what the target has stays.
//
// Shape:   rules of the sources are added behind the target's, in order. A rule whose id its
//          collection has already is dropped. One whose id another collection has gets an id that
//          is derived from what it says (rule_id.h), for an id counts once in the whole policy, and
//          a collection that loses its rules denies nothing. The mode of a collection and each part
//          of its extensions stay the target's where it has them, else the first source that has
//          them gives them.
// Errors:  kUnsupported where another collection has the derived id too, or the machine has no
//          SHA-256; limits are the writer's to check. Group policies merge the other way around
//          (policy/applocker/merge.h).
// Threads: a pure function.
// Source:  section 6.3 of the reference; docs/authoring.md "Merging".
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "policy/policy_set.h"

namespace portcullis::authoring {

struct TargetMerge {
  applocker::AppLockerPolicy policy;
  // A sentence for each rule that was dropped or has another id and each mode that differs, names
  // as written.
  std::vector<std::string> notices;
};

Result<TargetMerge> MergeIntoTarget(NamedPolicy target, std::vector<NamedPolicy> sources);

}  // namespace portcullis::authoring
