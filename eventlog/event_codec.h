// SPDX-License-Identifier: Apache-2.0
// An Event as bytes: on the way from the gate to the journal.
//
// Shape:   little-endian fields in the order of event.h, texts behind their length; a version byte
//          first. Not for disks or other hosts: both ends are one program.
// Limits:  kMaxEventBytes an event; kMaxEventPath of a path, kMaxEventText of any other text,
//          kMaxEventArguments of kMaxEventArgument bytes each. Encode cuts what is longer, and
//          marks the cut with "...".
// Errors:  Decode: kMalformed, kLimitExceeded with the field. The gate is trusted with the kernel's
//          answers, but what it passes on was written by whoever names files.
// Threads: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "eventlog/event.h"

namespace portcullis::eventlog {

inline constexpr size_t kMaxEventPath = 4096;
inline constexpr size_t kMaxEventText = 2048;
inline constexpr size_t kMaxEventArguments = 64;
inline constexpr size_t kMaxEventArgument = 512;
inline constexpr size_t kMaxEventBytes = 64 << 10;

std::string EncodeEvent(const Event& event);
Result<Event> DecodeEvent(std::span<const uint8_t> bytes);

}  // namespace portcullis::eventlog
