// SPDX-License-Identifier: Apache-2.0
// The report of `srp to-applocker`, for people or as JSON lines.
//
// Threads: pure functions.
// Source:  docs/cli-json.md "srp to-applocker", docs/srp-to-applocker.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "authoring/file_report.h"
#include "policy/decision.h"
#include "policy/srp/to_applocker.h"

namespace portcullis::cli {

// Of every rule what became of it, and the notes. `output` is the file that was written.
std::string MigrationText(const srp::Migration& migration, const std::string& output, bool json);

// A file that the two say different things of.
struct FileDifference {
  const FileReport& report;
  Decision srp;
  Decision applocker;
  std::vector<std::string> reasons;
};

// What the report says of the rule that decided, or of the policy as a whole.
std::vector<std::string> ReasonsFor(const srp::Migration& migration, const Decision& srp);
std::string DifferenceLine(const FileDifference& difference, bool json);

struct Compared {
  uint64_t judged = 0;
  uint64_t differ = 0;
  uint64_t unreadable = 0;
};
std::string ComparedLine(const Compared& compared, bool json);

}  // namespace portcullis::cli
