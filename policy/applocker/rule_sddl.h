// SPDX-License-Identifier: Apache-2.0
// One rule as Windows compiles it: a security descriptor of one conditional ACE, as SDDL text.
//
// Shape:   D:(XA;;FX;;;<SID>;(<condition>)), XD for a deny rule. Paths and names stand in upper
//          case, whatever case a file of Linux is compared by: this is Windows' form, for its tools
//          and its eyes. Versions are one number of 64 bits; digests are # and lower-case digits.
// Limits:  none: as long as the rule. Windows' events cut it at 256 characters, and so does the
//          event log (eventlog/rendering.h).
// Errors:  kUnsupported for a text with a quotation mark, which a string of SDDL can not hold:
//          Windows compiles no such rule.
// Threads: a pure function.
// Source:  section 7.3 of the reference; the SDDL texts that real events hold.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::applocker {

Result<std::string> RuleToSddl(const Rule& rule);

}  // namespace portcullis::applocker
