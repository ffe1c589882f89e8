// SPDX-License-Identifier: Apache-2.0
// Puts rules in their order, with names and ids, into the collections of a policy.
//
// Shape:   Add in any order; Build once. Collections in the order of Windows' editor; in one, the
//          default rules, then those that deny, then those that allow, by kind and name. Drafts
//          that say the same are one rule.
// Limits:  those of policy/applocker/limits.h.
// Errors:  kLimitExceeded with the collection and the number.
// Lifetime: the options outlive it.
// Threads: one thread.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "authoring/generate/draft_rule.h"
#include "authoring/generate/generate.h"

namespace portcullis {

class PolicyBuilder {
 public:
  explicit PolicyBuilder(const GenerateOptions& options) : options_(options) {}

  Result<void> Add(DraftRule draft);
  // Of each collection but Dll, which has some only where it has other rules.
  Result<void> AddDefaultRules();
  // In the collections that have rules: alone, a rule that denies would deny all the rest. For
  // Everyone where default rules were added, which allow everyone.
  Result<void> AddBypasses(const std::set<BypassPlatform>& platforms,
                           std::vector<std::string>& notes);

  Result<void> Build(Generated& generated);

 private:
  // Those that deny stand in front; then by kind, name and id.
  using Key = std::tuple<bool, size_t, std::string, std::array<uint8_t, 16>>;
  struct Draft {
    DraftRule rule;
    applocker::RuleId id = {};
    std::string description;
    applocker::Action action = applocker::Action::kAllow;
    const KnownBypass* bypass = nullptr;
    Sid user;
  };
  struct Collection {
    std::vector<applocker::Rule> default_rules;
    std::map<Key, Draft> drafts;
  };

  Result<void> Add(Draft draft);
  applocker::RuleCollection Empty(applocker::CollectionType type) const;
  Result<void> BuildCollection(applocker::CollectionType type, Collection& collection,
                               Generated& generated) const;

  const GenerateOptions& options_;
  std::map<applocker::CollectionType, Collection> collections_;
};

}  // namespace portcullis
