// SPDX-License-Identifier: Apache-2.0
#include "enforcement/ask_answer.h"

#include "api/portcullis.h"

namespace portcullis::enforcement {

api::AskAnswer AnswerOf(const api::AskRequest& request, uint64_t generation,
                        const Outcome& outcome) {
  api::AskAnswer answer =
      AnswerFor(request, generation, outcome.decision, outcome.blocked, outcome.identity);
  const bool is_late = outcome.answered_by == AnsweredBy::kDeadline;
  if (is_late && answer.error == 0) answer.flags |= PORTCULLIS_RESULT_IN_TIME_ONLY;
  return answer;
}

void CountVerdict(const Meter& meter, const Outcome& outcome) {
  enum Kind : uint8_t { kAllowed, kDenied, kAudited };  // as api::kVerdictKinds
  const Kind unblocked = IsDenial(outcome.decision.verdict) ? kAudited : kAllowed;
  meter.Add(api::VerdictMetric(outcome.blocked ? kDenied : unblocked,
                               static_cast<size_t>(outcome.answered_by)));
}

}  // namespace portcullis::enforcement
