// SPDX-License-Identifier: Apache-2.0
// What a policy would have done: over facts, and over what the event log remembers.
//
// Shape:   inputs are read one after the other by the caller's thread, unpacked, cut into blocks
// and
//          judged by the setup's threads; what they count is added in the order of the input. The
//          same input gives the same tally, whatever the number of threads.
// Limits:  those of tally.h and fact_blocks.h; kBlocksWaiting blocks a thread. Memory does not grow
//          with the input.
// Errors:  a file that can not be read, or not to its end, is a problem of the tally and the others
//          are still read. Of the event log: what the store says.
// Threads: reentrant.
// Source:  docs/authoring.md "What a policy would have done".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "authoring/simulate/setup.h"
#include "authoring/simulate/tally.h"
#include "base/result.h"
#include "eventlog/event_store.h"

namespace portcullis::simulation {

inline constexpr size_t kBlocksWaiting = 8;

// `-` is `in_fd`.
void SimulateFacts(const std::vector<std::string>& files, int in_fd, const Setup& setup,
                   SimulationTally& tally);

// The account that a recorded process ran for; absent: its events are passed over.
using FindUser = std::function<const User*(const eventlog::EventProcess& process)>;

// Each recorded decision about a file, for whom it was made. Without former policies the recorded
// verdict is the former one.
Result<void> SimulateEvents(const eventlog::EventStore& store, const FindUser& find_user,
                            const Setup& setup, SimulationTally& tally);

}  // namespace portcullis::simulation
