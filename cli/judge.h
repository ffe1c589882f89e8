// SPDX-License-Identifier: Apache-2.0
// The policies and the user that files are judged by, loaded once.
//
// Errors:  what can not be read or is refused, with its name: the status is 3. Warnings of the
//          policies are printed.
// Threads: immutable once loaded; verdicts may be asked for on any thread.
#pragma once

#include <optional>
#include <string>

#include "authoring/file_report.h"
#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "cli/values.h"
#include "host/host_config.h"
#include "policy/decision.h"
#include "policy/policy_set.h"
#include "policy/srp/environment.h"
#include "security/access_token.h"

namespace portcullis::cli {

struct Judge {
  PolicySet policies;
  AccessToken token;
  std::string user;  // as it is shown: the name that was given, else the SID
};

Result<Judge> LoadJudge(const Options& options, const Values& values, const HostConfig& config,
                        Io& io);

// What the variables of path rules of Software Restriction Policies stand for: the host's table,
// then what the command line says.
Result<srp::Environment> LoadEnvironment(const Options& options, const Values& values,
                                         const HostConfig& config);
// Of --user and --groups.
Result<AccessToken> TokenOf(const Options& options, const Values& values, const HostConfig& config);

// `trace` may be null.
Decision DecideFile(const Judge& judge, const FileReport& report, Trace* trace);

// The members of `test`'s object (design's contract; docs/cli-json.md), without the brackets.
void WriteDecision(JsonWriter& json, const Judge& judge, const FileReport& report,
                   const Decision& decision);

}  // namespace portcullis::cli
