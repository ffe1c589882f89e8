// SPDX-License-Identifier: Apache-2.0
#include "enforcement/ask_answer.h"

#include "api/portcullis.h"
#include "policy/srp/rule_text.h"

namespace portcullis::enforcement {
namespace {

// The header's numbers are the engine's.
static_assert(static_cast<int>(Verdict::kDeniedByDefault) == PORTCULLIS_VERDICT_DENIED_BY_DEFAULT);
static_assert(static_cast<int>(Reason::kSrpDefault) == PORTCULLIS_REASON_SRP_DEFAULT);
static_assert(static_cast<int>(srp::Level::kBasicUser) == PORTCULLIS_LEVEL_NORMAL_USER);
static_assert(static_cast<int>(applocker::EnforcementMode::kAuditOnly) ==
              PORTCULLIS_MODE_AUDIT_ONLY);

}  // namespace

uint32_t LevelOf(const Outcome& outcome) {
  return static_cast<uint32_t>(LevelFor(outcome.decision, outcome.blocked));
}

bool HashDiffers(const api::AskRequest& request, const FileIdentity& identity) {
  return request.has_hash && !identity.unknown.hash && request.hash != identity.sha256;
}

api::AskAnswer ErrorAnswer(uint64_t number, int error) {
  api::AskAnswer answer;
  answer.number = number;
  answer.error = error;
  return answer;
}

api::AskAnswer AnswerOf(const api::AskRequest& request, uint64_t generation,
                        const Outcome& outcome) {
  const FileIdentity* const identity = outcome.identity;
  if (identity != nullptr && HashDiffers(request, *identity)) {
    return ErrorAnswer(request.number, PORTCULLIS_E_CHANGED);
  }
  const Decision& decision = outcome.decision;
  api::AskAnswer answer;
  answer.number = request.number;
  answer.generation = generation;
  answer.level = LevelOf(outcome);
  answer.verdict = static_cast<uint8_t>(decision.verdict);
  answer.would_block = decision.would_block() ? 1 : 0;
  answer.enforcement = static_cast<uint8_t>(decision.enforcement);
  answer.reason = static_cast<uint8_t>(decision.reason);
  if (request.has_hash && identity != nullptr && !identity->unknown.hash) {
    answer.flags |= PORTCULLIS_RESULT_HASH_CHECKED;
  }
  if (outcome.answered_by == AnsweredBy::kDeadline) answer.flags |= PORTCULLIS_RESULT_IN_TIME_ONLY;
  if (decision.rule != nullptr) {
    answer.flags |= PORTCULLIS_RESULT_HAS_RULE;
    answer.rule_id = decision.rule->id.ToString();
    answer.rule_name = decision.rule->name;
    answer.policy = std::string(decision.policy);
  } else if (decision.reason == Reason::kSrpRule) {
    answer.flags |= PORTCULLIS_RESULT_HAS_RULE;
    answer.rule_id = srp::GuidText(*decision.srp->rule);
    answer.rule_name = srp::TargetText(*decision.srp->rule);
    answer.policy = std::string(decision.policy);
  }
  return answer;
}

void CountVerdict(const Meter& meter, const Outcome& outcome) {
  enum Kind : uint8_t { kAllowed, kDenied, kAudited };  // as api::kVerdictKinds
  const Kind unblocked = IsDenial(outcome.decision.verdict) ? kAudited : kAllowed;
  meter.Add(api::VerdictMetric(outcome.blocked ? kDenied : unblocked,
                               static_cast<size_t>(outcome.answered_by)));
}

}  // namespace portcullis::enforcement
