// SPDX-License-Identifier: Apache-2.0
// Writes the XML form of Software Restriction Policies, always the same text for the same policy.
//
// Shape:   UTF-8 without a declaration, two blanks a level, a line a rule. Reading what was written
//          gives an equal policy.
// Errors:  those of CheckPolicy; kMalformed for text that XML can not carry (control characters).
// Threads: a pure function.
// Source:  share/schemas/srp-policy.xsd; docs/formats/srp-xml.md.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

Result<std::string> WriteSrpXml(const Policy& policy);

}  // namespace portcullis::srp
