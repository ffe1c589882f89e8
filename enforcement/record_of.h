// SPDX-License-Identifier: Apache-2.0
// Makes the record of a decision from the event and the verdict.
//
// Threads: reentrant; the caller holds the job's mutex.
#pragma once

#include "enforcement/decision_record.h"
#include "enforcement/event_job.h"
#include "enforcement/policy_in_force.h"
#include "host/thread_token.h"

namespace portcullis::enforcement {

struct Outcome {
  Decision decision;
  AnsweredBy answered_by = AnsweredBy::kDecision;
  bool blocked = false;
  const FileIdentity* identity = nullptr;  // may be null
};

// `force` may be null.
DecisionRecord RecordOf(const EventJob& job, const ForcePtr& force, const Outcome& outcome,
                        const AccountTable& accounts);

}  // namespace portcullis::enforcement
