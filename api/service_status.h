// SPDX-License-Identifier: Apache-2.0
// How the running service is: the one record behind `status`, its JSON and its metrics.
//
// Shape:   plain values; Encode writes a line a value, Decode reads it.
// Threads: a value.
// Source:  docs/control.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::api {

struct ServiceStatus {
  uint64_t generation = 0;
};

Result<ServiceStatus> DecodeStatus(std::string_view body);

}  // namespace portcullis::api
