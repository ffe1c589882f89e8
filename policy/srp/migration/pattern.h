// SPDX-License-Identifier: Apache-2.0
// Parts of path rules as AppLocker's path conditions, in which `*` crosses separators.
//
// Shape:   a part as a rule's condition never names more than the part does; as an exception of
//          another rule never less. Both say whether they are just the part.
// Threads: pure functions.
// Source:  docs/srp-to-applocker.md "Paths".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/srp/migration/path_part.h"

namespace portcullis::srp::migration {

// A condition and exceptions of it.
struct Pattern {
  std::string text = {};
  std::vector<std::string> exceptions = {};
  bool is_exact = true;
};

// Never more than the part.
Pattern ConditionOf(const PathPart& part);

// Never less than the part. A mask takes files of deeper folders as well, which BelowMask gives
// back; `is_exact` leaves those out of account.
Pattern ExceptionOf(const PathPart& part);

// What an exception for `mask` wrongly takes out of a rule.
struct Below {
  bool is_exact = false;         // else more is taken out than can be given back
  std::optional<Pattern> given;  // the rule that gives it back, where there is something
  size_t depth = 0;              // components of the paths the mask names
};
Below BelowMask(const PathPart& rule, const PathPart& mask, bool ignore_case);

// A path that the part and its pattern say different things of; empty where none was found.
std::string ExampleOfDifference(const PathPart& part, const Pattern& pattern);

}  // namespace portcullis::srp::migration
