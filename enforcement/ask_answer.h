// SPDX-License-Identifier: Apache-2.0
// What a host is told of an outcome (api/ask_decision.h), and how it counts.
//
// Threads: pure functions, but for the meter, which locks itself.
// Source:  docs/safer-api.md "Levels".
#pragma once

#include "api/ask_decision.h"
#include "enforcement/record_of.h"
#include "enforcement/service_metrics.h"

namespace portcullis::enforcement {

// PORTCULLIS_E_CHANGED where the host read other bytes than those that were judged.
api::AskAnswer AnswerOf(const api::AskRequest& request, uint64_t generation,
                        const Outcome& outcome);

void CountVerdict(const Meter& meter, const Outcome& outcome);

}  // namespace portcullis::enforcement
