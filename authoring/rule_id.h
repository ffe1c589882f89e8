// SPDX-License-Identifier: Apache-2.0
// The id of a rule that is made here: derived from what the rule says.
//
// Shape:   a UUID of version 8 (RFC 9562) over the SHA-256 of a canonical text: collection, SID,
//          action, condition, exceptions. Each part stands behind its length. Hashes and exceptions
//          count as sets, in whatever order they stand; names, descriptions and the names and sizes
//          of hashed files do not count.
// Errors:  kUnsupported where the machine has no SHA-256.
// Threads: a pure function.
// Source:  docs/authoring.md.
#pragma once

#include <string_view>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::authoring {

// `collection` is its type in canonical case, "Exe". The rule's own id does not count.
Result<applocker::RuleId> DeriveRuleId(std::string_view collection, const applocker::Rule& rule);

}  // namespace portcullis::authoring
