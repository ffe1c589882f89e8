// SPDX-License-Identifier: Apache-2.0
// Whether one rule says all that another says: every file and caller that the other matches, it
// matches too.
//
// Shape:   sound and not complete. "Yes" holds for every file and token there can be, whatever is
//          unknown of the file and however many spellings its path has; "no" may only mean that
//          none of the tests here could show it. One rule covers another, several together do not.
// Limits:  time is that of one wildcard match a spelling, and n log n of hashes; exceptions are
//          compared each with each, kMaxExceptionComparisons times at most: beyond it is "no".
// Threads: pure functions.
// Source:  docs/authoring.md "Covering"; the property test holds them to the engine's matches.
#pragma once

#include <cstddef>
#include <string>

#include "policy/applocker/model.h"
#include "policy/matching_settings.h"

namespace portcullis::authoring {

// Of conditions and of hashes.
inline constexpr size_t kMaxExceptionComparisons = size_t{1} << 16;

// All but id, name and description.
bool SaysTheSame(const applocker::Rule& a, const applocker::Rule& b);

// Same action.
bool Covers(const applocker::Rule& a, const applocker::Rule& b,
            const MatchingSettings& settings = {});

// `deny` is a deny rule and `allow` an allow rule that can not matter beside it: what it matches is
// denied.
bool Defeats(const applocker::Rule& deny, const applocker::Rule& allow,
             const MatchingSettings& settings = {});

// The conditions alone, by the same evidence.
bool Covers(const applocker::Condition& a, const applocker::Condition& b,
            const MatchingSettings& settings = {});

// The pattern in wildcards that a rule's binary name is, by the settings.
std::string BinaryPattern(const std::string& name, const MatchingSettings& settings);

}  // namespace portcullis::authoring
