// SPDX-License-Identifier: Apache-2.0
// The lines of a configuration file: `NAME = VALUE`, one a line.
//
// Shape:   `#` begins a comment line; blanks around name and value are dropped; a value may be
//          empty and may hold `=`. What names mean is the caller's.
// Limits:  kMaxConfigBytes, kMaxConfigLine, kMaxConfigValues.
// Errors:  kMalformed with the line: no `=`, a NUL byte; kLimitExceeded.
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis {

inline constexpr size_t kMaxConfigBytes = 1 << 20;
inline constexpr size_t kMaxConfigLine = 8192;
inline constexpr size_t kMaxConfigValues = 200;

struct ConfigLine {
  std::string name;
  std::string value;
  size_t number = 0;  // counted from 1
};

// Calls `take` for each line that is one, in order, until it fails.
Result<void> ForEachConfigLine(std::string_view text,
                               const std::function<Result<void>(const ConfigLine&)>& take);

// "line 3: message", as kMalformed.
Unexpected MalformedLine(const ConfigLine& line, std::string_view message);
// A name or a value in messages: what is not plain ASCII is a question mark.
std::string ShownInConfig(std::string_view text);

// A number from `lowest` to `highest`, or the error that says so.
Result<uint32_t> ConfigNumber(const ConfigLine& line, uint32_t lowest, uint32_t highest);

}  // namespace portcullis
