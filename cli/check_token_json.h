// SPDX-License-Identifier: Apache-2.0
// The token of `portcullis sddl check`, as a JSON object.
//
// Shape:   `sids` (the user first), `deny_only_sids`, `device_sids` and `restricted_sids`: lists of
//          SIDs or aliases; `user_claims`, `device_claims` and `local_claims`: objects of names and
//          values. A value is a text, a whole number, true or false, a list of such, or an object
//          {"sddl_literal": "..."} with a literal as conditions have it.
// Errors:  kMalformed with the member; a member that is not known is refused.
// Threads: reentrant.
// Source:  docs/cli-json.md.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "security/check_token.h"

namespace portcullis::cli {

Result<CheckToken> ParseCheckToken(std::string_view json, const std::optional<Sid>& domain);

}  // namespace portcullis::cli
