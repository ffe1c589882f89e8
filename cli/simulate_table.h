// SPDX-License-Identifier: Apache-2.0
// A simulation's tally for people.
//
// Threads: pure functions.
#pragma once

#include <string>

#include "authoring/simulate/tally.h"

namespace portcullis::cli {

// The most frequent groups of changes, at most `max_groups`; empty where there are none.
std::string SimulationTable(const simulation::SimulationTally& tally, size_t max_groups,
                            size_t columns);
// What was counted, in some lines of text.
std::string SimulationSummary(const simulation::SimulationTally& tally);

}  // namespace portcullis::cli
