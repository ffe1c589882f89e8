// SPDX-License-Identifier: Apache-2.0
// Why a verdict fell so, in the words of an administrator.
//
// Shape:   sentences made of a trace: what decided, and for one rule the first thing that kept it
//          from matching, with the rule's value and the file's.
// Threads: pure functions.
// Source:  docs/semantics.md.
#pragma once

#include <string>

#include "authoring/condition_text.h"
#include "authoring/file_report.h"
#include "cli/judge.h"
#include "policy/decision.h"

namespace portcullis::cli {

// "S-1-5-32-544 (Administrators)".
std::string SidText(const Sid& sid);
using authoring::ConditionText;

// One sentence: "No allow rule of the Exe collection matches this file for S-1-1-0."
std::string VerdictText(const Judge& judge, const FileReport& report, const Decision& decision);
// One sentence without a full stop: "the file's version 1.0.0.0 is below 2.0.0.0".
std::string OutcomeText(const Judge& judge, const FileReport& report, const RuleTrace& trace);

// How near a rule came, 0 for one that is simply about other files.
int Closeness(const FileReport& report, const RuleTrace& trace);
// What to call the rules that are about something else: "other paths".
std::string_view GroupText(const RuleTrace& trace);

}  // namespace portcullis::cli
