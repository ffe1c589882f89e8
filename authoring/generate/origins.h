// SPDX-License-Identifier: Apache-2.0
// Where the rules of a generated policy come from, as lines of JSON beside it: nothing that was
// seen is lost, however many files one rule is for.
//
// Shape:   an object a rule and file: `rule` (the id), `collection`, `machine`, `path` (and
//          `path_b64`), `hash`, `publisher`; of a known bypass one object: `rule`, `collection`,
//          `known_bypass`, `source`, `added`. In the order of the rules, then by machine and path;
//          what is the same twice is written once.
// Errors:  none.
// Threads: pure functions.
// Source:  docs/cli-json.md "policy new".
#pragma once

#include <string>
#include <vector>

#include "authoring/generate/generate.h"

namespace portcullis {

std::string OriginLines(const Generated& generated, const std::vector<SeenFile>& files);

// How many machines the files of a rule are from.
size_t CountMachines(const RuleOrigin& origin, const std::vector<SeenFile>& files);

}  // namespace portcullis
