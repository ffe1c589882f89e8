// SPDX-License-Identifier: Apache-2.0
// A command line as one value of the store: each argument behind its length, u16 little-endian.
//
// Limits:  event_limits.h, in both directions.
// Errors:  Parse: kMalformed.
// Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "eventlog/event_limits.h"

namespace portcullis::eventlog {

inline constexpr size_t kMaxCommandLineBytes = kMaxEventArguments * (kMaxEventArgument + 2);

std::string CommandLineBytes(const std::vector<std::string>& command_line);
Result<std::vector<std::string>> ParseCommandLine(std::string_view bytes);

}  // namespace portcullis::eventlog
