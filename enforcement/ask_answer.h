// SPDX-License-Identifier: Apache-2.0
// What a host is told of a decision.
//
// Shape:   the level is what the host is to do; verdict, mode and rule are what the policy says.
// Levels
//          between trusted and disallowed come with Software Restriction Policies: LevelOf is where
//          they will.
// Threads: pure functions.
// Source:  docs/safer-api.md "Levels".
#pragma once

#include "api/ask_protocol.h"
#include "enforcement/record_of.h"
#include "enforcement/service_metrics.h"

namespace portcullis::enforcement {

// PORTCULLIS_LEVEL_*.
uint32_t LevelOf(const Outcome& outcome);

// The host read other bytes than those the identity is of.
bool HashDiffers(const api::AskRequest& request, const FileIdentity& identity);

// PORTCULLIS_E_CHANGED where the hashes differ.
api::AskAnswer AnswerOf(const api::AskRequest& request, uint64_t generation,
                        const Outcome& outcome);
api::AskAnswer ErrorAnswer(uint64_t number, int error);

void CountVerdict(const Meter& meter, const Outcome& outcome);

}  // namespace portcullis::enforcement
