// SPDX-License-Identifier: Apache-2.0
// The enforcement mode of a collection, as the command line says it.
//
// Shape:   "not-configured", "audit" or "enabled", or a word of the XML.
// Errors:  kMalformed for every other.
// Threads: a pure function.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::authoring {

Result<applocker::EnforcementMode> ParseMode(const std::string& text);

}  // namespace portcullis::authoring
