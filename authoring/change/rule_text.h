// SPDX-License-Identifier: Apache-2.0
// A rule out of the words of a command line.
//
// Errors:  kMalformed for a field that says nothing a rule can say, with the field and what is
//          allowed. What a reader of policies refuses besides is the writer's to check
//          (checked_text.h).
// Threads: a pure function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"

namespace portcullis::authoring {

// A rule as a command line says it. One of path, publisher and hashes is its condition.
struct RuleText {
  std::string collection;
  std::string action;  // "allow" or "deny", in any case
  std::string user = "S-1-1-0";
  std::optional<std::string> path;
  std::optional<std::string> publisher;
  std::string product = "*";
  std::string binary = "*";
  std::string low = "*";
  std::string high = "*";
  std::vector<std::string> hashes;         // SHA-256 in hex, "0x" or not in front
  std::vector<applocker::FileHash> files;  // hashes of files that were looked at
  std::vector<std::string> except_paths;
  std::optional<std::string> name;  // absent: what its condition says
  std::string description;
  std::optional<std::string> id;  // absent: derived (authoring/rule_id.h)
};

struct NewRule {
  applocker::CollectionType collection = applocker::CollectionType::kExe;
  applocker::Rule rule;
};
Result<NewRule> MakeRule(const RuleText& text);

}  // namespace portcullis::authoring
