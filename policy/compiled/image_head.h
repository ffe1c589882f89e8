// SPDX-License-Identifier: Apache-2.0
// The head of a compiled policy: everything about the policy but its rules.
//
// Limits:  image_format.h. Errors: as of rule_record.h. Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::compiled {

struct ImageHead {
  std::vector<std::string> names;      // of the policies that were merged
  applocker::AppLockerPolicy outline;  // its collections have no rules here
  std::vector<uint32_t> rules;         // how many each collection has
};

std::string WriteImageHead(const ImageHead& head);
Result<ImageHead> ReadImageHead(Bytes section);

// Which collections are judged by: the first of each known type, where it has rules.
std::vector<bool> JudgedBy(const ImageHead& head);

}  // namespace portcullis::compiled
