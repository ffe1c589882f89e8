// SPDX-License-Identifier: Apache-2.0
// The status of the service for people.
//
// Shape:   a line a subject; texts of the service go through Printable.
// Units:   `now_ns` is CLOCK_REALTIME.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>

#include "api/service_status.h"

namespace portcullis::cli {

std::string StatusTable(const api::ServiceStatus& status, int64_t now_ns);

// "1.5 ms", "3 h 12 min": two units at most.
std::string ShortDuration(uint64_t ns);

}  // namespace portcullis::cli
