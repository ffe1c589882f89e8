// SPDX-License-Identifier: Apache-2.0
// What is wrong with a policy: one finding, and what there is to say of every one of its kind.
//
// Units:   line and column count from 1, as the policy reader counts them; 0: not known, as in a
//          compiled policy.
// Lifetime: `check` views the table of checks, which outlives everything.
// Source:  docs/lint.md lists every check.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/applocker/model.h"

namespace portcullis::lint {

enum class Severity : uint8_t { kNote, kWarning, kError };
const char* ToString(Severity severity);  // "note", "warning", "error"
std::optional<Severity> ParseSeverity(std::string_view text);

struct CheckInfo {
  std::string_view id;
  Severity severity = Severity::kWarning;
  std::string_view why;  // one sentence: what comes of it
  std::string_view fix;  // one sentence: what to do
};

struct Finding {
  const CheckInfo* check = nullptr;
  uint32_t line = 0;
  uint32_t column = 0;
  std::string collection;                 // canonical where it is known, else as written
  std::optional<applocker::RuleId> rule;  // absent: about the collection
  std::string rule_name;
  std::string message;  // what was found here
};

}  // namespace portcullis::lint
