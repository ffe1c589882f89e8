// SPDX-License-Identifier: Apache-2.0
// Which events `events` asks for.
//
// Units:   times are UTC; an age is counted back from `now_ns`.
// Errors:  every failure is wrong usage and names the option.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "cli/options.h"
#include "eventlog/event_store.h"

namespace portcullis::cli {

// `2026-11-25`, `2026-11-25T14:00:00Z`, with a fraction or an offset too; or an age: `90s`, `30m`,
// `2h`, `7d`, `2w`.
Result<int64_t> ParseMoment(std::string_view text, int64_t now_ns);

Result<eventlog::EventFilter> ParseEventFilter(const EventOptions& options, int64_t now_ns);

}  // namespace portcullis::cli
