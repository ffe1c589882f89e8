// SPDX-License-Identifier: Apache-2.0
// What is to be said of a migrated policy as a whole.
//
// Threads: pure functions.
// Source:  docs/srp-to-applocker.md "The policy as a whole".
#pragma once

#include <span>
#include <vector>

#include "policy/srp/settings.h"
#include "policy/srp/to_applocker.h"

namespace portcullis::srp::migration {

std::vector<MigrationNote> NotesOn(std::span<const Policy> policies, const Settings& settings);

}  // namespace portcullis::srp::migration
