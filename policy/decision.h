// SPDX-License-Identifier: Apache-2.0
// The answer, which explains itself.
//
// Lifetime: `rule`, `policy` and `srp` point into the PolicySet that decided.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/applocker/model.h"
#include "policy/srp/answer.h"

namespace portcullis {

enum class Verdict : uint8_t { kAllowed, kAllowedByDefault, kDenied, kDeniedByDefault };
const char* ToString(Verdict verdict);  // "Allowed", "AllowedByDefault", ...
constexpr bool IsDenial(Verdict verdict) {
  return verdict == Verdict::kDenied || verdict == Verdict::kDeniedByDefault;
}

enum class Reason : uint8_t {
  kRule,             // a rule matched
  kDefault,          // the collection has rules, none matched
  kNoRules,          // the collection is absent or empty
  kNotJudged,        // no collection judges this file, or not for this caller
  kServiceExempt,    // a service process, and the collection leaves those alone
  kPackagedAppRule,  // Exe is enforced and there are no packaged-app rules
  kSystemApp,        // SystemApps lifted a default denial
  kFailurePolicy,    // the service could not find out
  kSrpRule,          // a rule of Software Restriction Policies matched
  kSrpDefault,       // none did: their default level
};
const char* ToString(Reason reason);  // "rule", "default", "no-rules", ...

struct Decision {
  Verdict verdict = Verdict::kAllowedByDefault;
  std::optional<applocker::CollectionType> collection;
  // As the collection is configured; an audited denial is still a denial here.
  applocker::EnforcementMode enforcement = applocker::EnforcementMode::kNotConfigured;
  Reason reason = Reason::kNotJudged;
  const applocker::Rule* rule = nullptr;  // set when a rule decided
  std::string_view policy;                // the name of the policy that rule came from
  size_t layer = 0;                       // of the PolicySet: the one whose answer this is
  // What Software Restriction Policies say, where they were asked; it decided where `reason` is
  // theirs. The enforcement of such a decision is kEnabled, for they audit nothing.
  std::optional<srp::Answer> srp;

  bool is_by_srp() const { return reason == Reason::kSrpRule || reason == Reason::kSrpDefault; }
  bool would_block() const {
    return IsDenial(verdict) && enforcement != applocker::EnforcementMode::kAuditOnly;
  }
};

// What a host that asked is to do with the file: Unrestricted unless it is blocked, and then the
// level that Software Restriction Policies gave it, or Disallowed. Where these give a level that is
// no end of the scale and nothing is blocked, that level all the same: the host may drop rights.
srp::Level LevelFor(const Decision& decision, bool is_blocked);

// Why one rule did or did not match, for `explain`.
enum class RuleOutcome : uint8_t {
  kMatched,
  kSidNotInToken,
  kSidDenyOnly,  // an allow rule for a group that is only there to deny
  kNoPublisher,  // the file counts as unsigned
  kPublisherUnknown,
  kPublisherDiffers,
  kProductDiffers,
  kBinaryDiffers,
  kVersionTooLow,
  kVersionTooHigh,
  kNoPath,  // the file has no path that the rule could see
  kPathDiffers,
  kPathOnlyClaimed,  // it matches a spelling that is not verified
  kPathDiffersInCase,
  kNoHash,
  kHashUnknown,
  kHashDiffers,
  kCancelledByException,
};
const char* ToString(RuleOutcome outcome);  // "sid-not-in-token", ...: the JSON's words

struct RuleTrace {
  const applocker::Rule* rule = nullptr;
  std::string_view policy;
  RuleOutcome outcome = RuleOutcome::kMatched;
  bool condition_matched = false;  // the rule's condition, whoever asks and whatever it excepts
  // The exception that cancelled the rule, where one did.
  const applocker::Condition* exception = nullptr;
};

struct Trace {
  std::vector<RuleTrace> rules;  // deny rules first, then allow rules, each in policy order
  // Of Software Restriction Policies: those that match, the strongest first.
  std::vector<srp::Match> srp_matches;
};

}  // namespace portcullis
