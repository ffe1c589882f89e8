// SPDX-License-Identifier: Apache-2.0
// A policy that was made or changed, as text that will be read again.
//
// Errors:  what the reader of policies refuses: a name that is too long, two rules of one id, too
//          many rules. kMalformed for text that XML can not carry.
// Threads: a pure function.
#pragma once

#include <string>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::authoring {

Result<std::string> WriteCheckedPolicy(const applocker::AppLockerPolicy& policy);

}  // namespace portcullis::authoring
