// SPDX-License-Identifier: Apache-2.0
// A collection of rules compiled to security descriptors, as Windows keeps its policies.
//
// Shape:   a rule is one conditional entry, (XA;;FX;;;SID;(condition)) or XD; denials stand before
//          allowances, each in the order in which rules are tried. A collection that is larger than
//          an ACL is several parts, filled in that order, which are asked as one: all denials of
//          all parts come before the allowances (JoinParts).
// Units:   a part's `rules` are places in the collection, one an entry.
// Limits:  kMaxRuleAceSize for a rule; any number of parts. No rules give no part, for an empty
//          DACL would deny what an empty collection allows.
// Errors:  those of rule_condition.h, and kLimitExceeded for a rule that is too large for an ACE;
//          the message names the rule.
// Threads: pure functions.
// Source:  section 7 of the reference; docs/formats/applocker-descriptor.md.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "policy/applocker/descriptor/rule_condition.h"
#include "policy/applocker/model.h"
#include "policy/matching_settings.h"
#include "security/security_descriptor.h"

namespace portcullis::applocker {

inline constexpr size_t kAclHeaderSize = 8;
// The entry of a rule must fit an ACL.
inline constexpr size_t kMaxRuleAceSize = kMaxAclSize - kAclHeaderSize;

// kLimitExceeded where it is larger than kMaxRuleAceSize.
Result<Ace> RuleToAce(const Rule& rule, LetterCase letters = LetterCase::kUpper);

struct CompileOptions {
  LetterCase letters = LetterCase::kUpper;
  ReportedRule order = ReportedRule::kFirstInPolicy;
};

struct DescriptorPart {
  SecurityDescriptor descriptor;
  std::vector<size_t> rules;
};

Result<std::vector<DescriptorPart>> CompileCollection(const RuleCollection& collection,
                                                      const CompileOptions& options = {});

// The parts as one descriptor for an access check, which no ACL in bytes might hold.
DescriptorPart JoinParts(std::span<const DescriptorPart> parts);

}  // namespace portcullis::applocker
