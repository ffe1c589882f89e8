// SPDX-License-Identifier: Apache-2.0
// Findings as text for programs: a JSON object a line, and SARIF, which code hosts show at the
// line.
//
// Units:   columns are code points.
// Threads: pure functions.
// Source:  OASIS SARIF 2.1.0; docs/cli-json.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/lint/finding.h"

namespace portcullis::lint {

struct FileFindings {
  std::string file;
  std::vector<Finding> findings;
};

// Without a line end.
std::string JsonOf(std::string_view file, const Finding& finding);

// One run over all files, with every check as a rule.
std::string SarifOf(std::span<const FileFindings> files, std::span<const CheckInfo> checks,
                    std::string_view version);

}  // namespace portcullis::lint
