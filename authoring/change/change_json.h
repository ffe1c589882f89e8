// SPDX-License-Identifier: Apache-2.0
// Changes as JSON, one object a line, from which they can be read again without a loss.
//
// Shape:   beside the members for people and scripts stand `rule` and `former_rule`, the rules as
//          XML, and `settings`, a policy in XML that holds the collection without its rules, or the
//          policy without its collections.
// Limits:  kMaxChangeBytes a line, kMaxChanges lines; those of policies for what is in the XML.
// Errors:  kMalformed with the member, what was found and what is allowed; kLimitExceeded.
// Threads: ParseChange is reentrant.
// Source:  docs/cli-json.md "policy diff".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authoring/change/change.h"
#include "base/result.h"
#include "policy/applocker/limits.h"

namespace portcullis::authoring {

inline constexpr size_t kMaxChangeBytes = applocker::kMaxPolicyBytes;
inline constexpr size_t kMaxChanges = 1'000'000;

// With a line end. kMalformed for text that XML can not carry.
Result<std::string> WriteChange(const Change& change);

Result<Change> ParseChange(std::string_view line);
// Empty lines are passed over; the error names the line.
Result<std::vector<Change>> ReadChanges(int fd);

}  // namespace portcullis::authoring
