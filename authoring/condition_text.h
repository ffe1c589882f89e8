// SPDX-License-Identifier: Apache-2.0
// Conditions in words, for people.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>

#include "policy/applocker/model.h"

namespace portcullis::authoring {

// `path %WINDIR%\*`, `publisher O=... product ...`, `2 hashes`.
std::string ConditionText(const applocker::Condition& condition);
// "1.2.3.4", "*" where a range is open.
std::string BoundText(const std::optional<FileVersion>& bound);

}  // namespace portcullis::authoring
