// SPDX-License-Identifier: Apache-2.0
// Small policies for tests of the gate.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/byte_source.h"
#include "identity/identify.h"
#include "policy/applocker/model.h"
#include "security/sid.h"

namespace portcullis::testing {

inline applocker::Rule MakeRule(applocker::Action action, const Sid& sid,
                                applocker::Condition condition) {
  static uint8_t count = 0;
  applocker::Rule rule;
  rule.id.bytes[0] = ++count;
  rule.name = "rule";
  rule.action = action;
  rule.user_or_group_sid = sid;
  rule.condition = std::move(condition);
  return rule;
}

inline applocker::Rule AllowPath(const std::string& path,
                                 const Sid& sid = well_known_sids::kEveryone) {
  return MakeRule(applocker::Action::kAllow, sid, applocker::FilePathCondition{path});
}

// For everyone.
inline applocker::Rule HashRuleOf(applocker::Action action, const FileDigest& digest) {
  applocker::FileHashCondition condition;
  condition.hashes.emplace_back().digest = digest;
  return MakeRule(action, well_known_sids::kEveryone, condition);
}

inline applocker::AppLockerPolicy PolicyOf(
    std::vector<applocker::Rule> rules,
    applocker::EnforcementMode mode = applocker::EnforcementMode::kEnabled,
    applocker::CollectionType type = applocker::CollectionType::kExe) {
  applocker::AppLockerPolicy policy;
  applocker::RuleCollection collection;
  collection.type = type;
  collection.enforcement_mode = mode;
  collection.rules = std::move(rules);
  policy.collections.push_back(std::move(collection));
  return policy;
}

// The first of its type that a rule could hold of this content.
inline FileDigest HashOf(const std::string& content, HashType type = HashType::kSha256) {
  const MemorySource source(AsBytes(content));
  const FileIdentity identity = Identify(source, "tool", {}).value();
  for (const FileHashCandidate& hash : identity.hashes) {
    if (hash.digest.type == type) return hash.digest;
  }
  return {};
}

}  // namespace portcullis::testing
