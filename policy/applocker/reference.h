// SPDX-License-Identifier: Apache-2.0
// The slow engine: the specification as a plain walk over the rules.
//
// It is the oracle that tests hold the fast engine to. It shares nothing with it but the model, the
// request and the decision: its wildcard matcher, its comparisons, its SID test and the order of
// its steps are its own, written to be read beside docs/semantics.md.
//
// Source:  docs/semantics.md; sections 2 to 5 of the reference.
#pragma once

#include <vector>

#include "policy/policy_set.h"

namespace portcullis::reference {

Decision Decide(const PolicySet& policies, const Request& request);
std::vector<const applocker::Rule*> MatchingRules(const PolicySet& policies,
                                                  const Request& request);

// What makes a condition hold: verified spellings and attributes that were found out, or also
// spellings that are only claimed and attributes that are unknown.
enum class Evidence : uint8_t { kCertain, kPossible };

// Why one condition does not match: kMatched, or the first thing that differs.
RuleOutcome TestCondition(const applocker::Condition& condition, const FileAttributes& file,
                          Evidence evidence, const MatchingSettings& settings);

// Why a rule does not match, with the exception that cancelled it.
RuleTrace TestRule(const applocker::Rule& rule, applocker::CollectionType type,
                   const Request& request, const MatchingSettings& settings);

// The rules of a collection in the order they are tried: deny before allow, each in the reported
// order.
std::vector<const applocker::Rule*> OrderOfTrial(const applocker::RuleCollection& collection,
                                                 const MatchingSettings& settings);

}  // namespace portcullis::reference
