// SPDX-License-Identifier: Apache-2.0
// What is written down of a policy on trial, so that the former one comes back whatever happens.
//
// Shape:   lines as in service.conf: policy, boot-id, deadline-ns, former-size, former-sha256, id.
// Units:   the deadline is nanoseconds of the boot clock (CLOCK_BOOTTIME) of that boot.
// Limits:  kMaxTrialRecord bytes; those of config_lines.h.
// Errors:  kMalformed for anything but all of these lines, each once.
// Threads: a value.
// Source:  docs/roll-out.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxTrialRecord = 16 << 10;

struct TrialRecord {
  std::string id;       // 32 hex digits, another for each trial
  std::string policy;   // the file that was replaced
  std::string boot_id;  // of the boot that the deadline is of
  int64_t deadline_ns = 0;
  uint64_t former_size = 0;
  std::string former_sha256;  // 64 hex digits

  static Result<TrialRecord> Parse(std::string_view text);
  std::string ToText() const;
  friend bool operator==(const TrialRecord&, const TrialRecord&) = default;
};

}  // namespace portcullis::enforcement
