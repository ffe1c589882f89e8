// SPDX-License-Identifier: Apache-2.0
// A rule as `policy show` prints it, for what else shows rules.
//
// Threads: pure functions.
// Source:  docs/cli-json.md "policy show".
#pragma once

#include <string>

#include "base/json_writer.h"
#include "cli/io.h"
#include "cli/options.h"
#include "policy/applocker/model.h"

namespace portcullis::cli {

// Without the brackets.
void WriteRuleMembers(JsonWriter& json, const applocker::Rule& rule);
std::string RuleLines(const applocker::Rule& rule);

// `policy show --effective`.
ExitStatus ShowEffective(const Options& options, Io& io);

}  // namespace portcullis::cli
