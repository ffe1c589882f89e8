// SPDX-License-Identifier: Apache-2.0
// One rule as Windows compiles it: a security descriptor of one conditional ACE, as SDDL text.
//
// Shape:   D:(XA;;FX;;;<SID>;(<condition>)), XD for a deny rule, printed from the ACE of
//          descriptor/compiler.h in the spelling that Windows' converter has in its events, which
//          is not the one that Windows prints of a descriptor (security/sddl.h). Paths and names
//          stand in upper case, whatever case a file of Linux is compared by: this is Windows'
//          form, for its tools and its eyes.
// Limits:  those of an ACE (descriptor/compiler.h). Windows' events cut the text at 256 characters,
//          and so does the event log (eventlog/rendering.h).
// Errors:  those of descriptor/compiler.h, and kUnsupported for a text with a quotation mark, which
//          a string of SDDL can not hold: Windows compiles no such rule.
// Threads: a pure function.
// Source:  section 7.3 of the reference; the SDDL texts that real events hold.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::applocker {

Result<std::string> RuleToSddl(const Rule& rule);

}  // namespace portcullis::applocker
