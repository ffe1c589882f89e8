// SPDX-License-Identifier: Apache-2.0
// Why a rule does or does not match: the specification as a plain walk over the rules, for
// `explain`.
//
// Shape:   a rule's condition, SID and exceptions are tested one after the other, and the first
//          thing that differs is the answer, which no access check and no index could give. Its
//          wildcard matcher and comparisons are those of reference_text.h and its steps its own;
//          tests hold both engines to its matches too (docs/decisions/0017-descriptor-engine.md).
// Lifetime: what is returned points into the rule or the collection.
// Threads: pure functions.
// Source:  docs/semantics.md; sections 2 to 5 of the reference.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/decision.h"
#include "policy/matching_settings.h"
#include "policy/request.h"

namespace portcullis::reference {

// What makes a condition hold: verified spellings and attributes that were found out, or also
// spellings that are only claimed and attributes that are unknown.
enum class Evidence : uint8_t { kCertain, kPossible };

// Why one condition does not match: kMatched, or the first thing that differs.
RuleOutcome TestCondition(const applocker::Condition& condition, const FileAttributes& file,
                          Evidence evidence, const MatchingSettings& settings);

// Why a rule does not match, with the exception that cancelled it.
RuleTrace TraceRule(const applocker::Rule& rule, applocker::CollectionType type,
                    const Request& request, const MatchingSettings& settings);

// The rules of a collection in the order they are tried: deny before allow, each in the reported
// order.
std::vector<const applocker::Rule*> OrderOfTrial(const applocker::RuleCollection& collection,
                                                 const MatchingSettings& settings);

// Which groups the rules of a collection are matched against. Section 5.3 of the reference; scripts
// and installers are question 10.
TokenView ViewFor(applocker::CollectionType type, const MatchingSettings& settings);
// Whether the rules of a collection see the publisher of a file and nothing else; question 21.
bool SeesPublisherOnly(applocker::CollectionType type, const MatchingSettings& settings);

}  // namespace portcullis::reference
