// SPDX-License-Identifier: Apache-2.0
// Writes an AppLocker policy as XML, always the same text for the same policy.
//
// Shape:   UTF-8 without a declaration, two blanks a level, attributes in the schema's order, `/>`
//          without a blank. Reading what was written gives an equal policy. RuleToXml is the
//          one-line form that the registry holds.
// Errors:  kMalformed for text that XML can not carry (control characters, not UTF-8). Nothing else
//          is checked: a policy that the reader would refuse is written as it is.
// Threads: pure functions.
// Source:  docs/formats/applocker-policy.md; captured GPOs for the registry's form.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::applocker {

Result<std::string> WritePolicy(const AppLockerPolicy& policy);
// No line break inside or behind.
Result<std::string> RuleToXml(const Rule& rule);

}  // namespace portcullis::applocker
