// SPDX-License-Identifier: Apache-2.0
// A simulation's tally as text for programs.
//
// Shape:   JSON: an object a line, the groups of changes first and the summary last
//          (docs/cli-json.md). JUnit: a test case for each group, failed where `fail_on` says so.
// Limits:  `max_groups` groups are written, the most frequent ones; the rest is counted.
// Errors:  none: what JSON or XML can not carry is escaped.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "authoring/simulate/tally.h"

namespace portcullis::simulation {

// What the one who asks counts as a failure.
enum class FailOn : uint8_t {
  kNever,
  kBlock,   // what was not blocked and is
  kDenial,  // besides: what was allowed and is denied, though only audited
  kChange,  // every change
};

bool IsFailure(const Outcome& former, const Outcome& now, FailOn fail_on);
uint64_t Failures(const Counts& counts, FailOn fail_on);

std::string JsonReport(const SimulationTally& tally, size_t max_groups);
std::string JunitReport(const SimulationTally& tally, FailOn fail_on, size_t max_groups);

}  // namespace portcullis::simulation
