// SPDX-License-Identifier: Apache-2.0
// What is recorded of one decision: everything an administrator asks afterwards.
//
// Shape:   plain values; `rule_source` alone keeps the policy that decided.
// Threads: a value, moved from the verdict's thread to the log's.
// Source:  docs/cli-json.md has the JSON of `serve`: the members of `test` and those of the asker.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "eventlog/event.h"
#include "policy/applocker/model.h"
#include "policy/decision.h"

namespace portcullis::enforcement {

using eventlog::AnsweredBy;

// The decision's event, before it is numbered and the rule's SDDL is made.
struct DecisionRecord : eventlog::DecisionEvent {
  int64_t time_ns = 0;  // CLOCK_REALTIME
  uint64_t generation = 0;
  // Holds the policy that it is part of.
  std::shared_ptr<const applocker::Rule> rule_source;

  // As Decision has it: what the mode asks for, whatever became of it.
  bool would_block() const {
    return IsDenial(verdict) && enforcement != applocker::EnforcementMode::kAuditOnly;
  }
};

// One JSON object, without the line's end.
std::string ToJson(const DecisionRecord& record);

}  // namespace portcullis::enforcement
