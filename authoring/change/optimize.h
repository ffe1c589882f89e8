// SPDX-License-Identifier: Apache-2.0
// The same verdicts by fewer rules.
//
// Shape:   a rule goes where another says all that it says (covers.h): a deny rule by a deny rule,
//          an allow rule by an allow rule, or by a deny rule of which nothing it allows escapes.
//          Of two that say the same the first stays. With `join_hashes` the hash rules of one
//          action and SID become one, where the first of them stands, with an id derived from what
//          it says. Collections of unknown type stay as they are.
// Limits:  time grows with the rules that nearly cover one another (cover_index.h).
// Errors:  kUnsupported where the machine has no SHA-256, for ids.
// Threads: a pure function.
// Source:  docs/authoring.md "Fewer rules"; property tests hold it to Decide.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "policy/matching_settings.h"

namespace portcullis::authoring {

struct OptimizeOptions {
  MatchingSettings settings;  // of whoever will judge by the policy
  bool join_hashes = false;
};

enum class WhyRemoved : uint8_t { kDuplicate, kCovered, kDenied, kJoined };
const char* ToString(WhyRemoved why);  // "duplicate", "covered", "denied", "joined"

struct RemovedRule {
  std::string collection;
  applocker::Rule rule;
  WhyRemoved why = WhyRemoved::kDuplicate;
  applocker::Rule by;  // the rule that stays; of kJoined without its hashes
};

struct Optimized {
  applocker::AppLockerPolicy policy;
  std::vector<RemovedRule> removed;  // in the order of the policy, joined ones behind the others
};

Result<Optimized> Optimize(applocker::AppLockerPolicy policy, const OptimizeOptions& options = {});

}  // namespace portcullis::authoring
