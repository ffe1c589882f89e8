// SPDX-License-Identifier: Apache-2.0
// An Event as bytes: on the way from the gate to the journal.
//
// Shape:   little-endian fields in the order of event.h, texts behind their length; a version byte
//          first. One event has one spelling. Not for disks or other hosts: both ends are one
//          program.
// Limits:  kMaxEventBytes an event, and event_limits.h. Encode cuts what is longer, and marks the
//          cut with "...".
// Errors:  Decode: kMalformed, kTruncated, kLimitExceeded with the field. The gate is trusted with
//          the kernel's answers, but what it passes on was written by whoever names files. Encode
//          leaves out a hash that is not 64 hexadecimal digits, and counts at least one.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "eventlog/event.h"
#include "eventlog/event_limits.h"

namespace portcullis::eventlog {

inline constexpr size_t kMaxEventBytes = 64 << 10;

std::string EncodeEvent(const Event& event);
Result<Event> DecodeEvent(std::span<const uint8_t> bytes);

}  // namespace portcullis::eventlog
