// SPDX-License-Identifier: Apache-2.0
// What Software Restriction Policies said, in the words of an administrator.
//
// Threads: pure functions.
// Source:  docs/srp.md.
#pragma once

#include <string>

#include "policy/decision.h"
#include "policy/srp/answer.h"

namespace portcullis::cli {

// `path C:\Windows`, `hash MD5 0x... of 4096 bytes`, `certificate THUMBPRINT`, `zone Internet`.
std::string SrpRuleText(const srp::Rule& rule);

// One sentence: why that level. `name` is shown for a policy.
std::string SrpVerdictText(const Decision& decision);
// Why a rule that matches lost against the one before it: "a folder is less specific than a file
// type". Both match the same file.
std::string SrpWhyWeaker(const srp::Match& weaker, const srp::Match& stronger);

// The table of precedence's word for how a rule names a file: "the file itself", "a folder 3 deep".
std::string SrpFormText(const srp::Match& match);

}  // namespace portcullis::cli
