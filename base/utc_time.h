// SPDX-License-Identifier: Apache-2.0
// Moments as people write them: ISO 8601, in UTC alone.
//
// Shape:   `2026-11-22`, `2026-11-22T13:45`, `2026-11-22T13:45:30` with or without a final Z; a
//          space may stand for the T. A date alone is its first second.
// Units:   seconds since 1970-01-01T00:00:00Z, without leap seconds.
// Limits:  years 1970 to 9999.
// Errors:  kMalformed; an offset such as +02:00 is refused, not converted.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis {

Result<int64_t> ParseUtcTime(std::string_view text);
// "2026-11-22T13:45:30Z".
std::string FormatUtcTime(int64_t seconds);
// "2026-11-22T13:45:30.482113Z": nanoseconds since 1970, cut to `digits` (1 to 9) of a second.
std::string FormatUtcNanoseconds(int64_t nanoseconds, int digits);

}  // namespace portcullis
