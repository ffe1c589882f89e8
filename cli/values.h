// SPDX-License-Identifier: Apache-2.0
// The options as values: everything that can be wrong about the command line itself.
//
// Errors:  every failure is wrong usage and names the option.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/options.h"
#include "host/path_spellings.h"
#include "policy/decision.h"
#include "policy/matching_settings.h"
#include "policy/request.h"
#include "security/access_token.h"

namespace portcullis::cli {

struct Values {
  UnixTime at = 0;
  std::optional<Operation> as;
  std::vector<TreeMapping> maps;
  std::optional<Sid> user;  // where --user is a SID; a name is looked up later
  std::vector<TokenGroup> groups;
  std::vector<Verdict> filter;  // empty: all
  MatchingSettings settings;
  std::vector<PathVariable> variables;  // of --env, those of one name together

  bool Wants(Verdict verdict) const;
};

Result<Values> ParseValues(const Options& options);

// "NAME=VALUE" into `settings`; NAME is that of matching_settings.h.
Result<void> ApplySetting(MatchingSettings& settings, std::string_view text);

}  // namespace portcullis::cli
