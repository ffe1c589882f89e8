// SPDX-License-Identifier: Apache-2.0
// Ids of rules that are made from something else: the same from the same.
//
// Shape:   a GUID of version 5 (SHA-1 of a name) in a name space of this project.
// Errors:  kUnsupported where OpenSSL offers no SHA-1.
// Threads: a pure function.
// Source:  RFC 9562 section 5.5.
#pragma once

#include <string_view>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::srp::migration {

Result<applocker::RuleId> RuleIdOf(std::string_view name);

}  // namespace portcullis::srp::migration
