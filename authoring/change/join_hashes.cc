// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/join_hashes.h"

#include <fmt/core.h>

#include <map>
#include <set>
#include <utility>

#include "authoring/change/collections.h"
#include "authoring/rule_id.h"

namespace portcullis::authoring {
namespace {

using applocker::FileHash;
using applocker::FileHashCondition;
using applocker::Rule;
using applocker::RuleCollection;

// Places of hash rules, by action and SID.
using Groups = std::map<std::pair<applocker::Action, Sid>, std::vector<size_t>>;

Groups GroupsOf(const RuleCollection& collection) {
  Groups groups;
  for (size_t i = 0; i < collection.rules.size(); ++i) {
    const Rule& rule = collection.rules[i];
    if (!std::holds_alternative<FileHashCondition>(rule.condition)) continue;
    groups[{rule.action, rule.user_or_group_sid}].push_back(i);
  }
  return groups;
}

Result<Rule> JoinedRule(const RuleCollection& collection, const std::vector<size_t>& places) {
  FileHashCondition all;
  std::set<std::pair<HashType, std::array<uint8_t, 32>>> seen;
  for (const size_t place : places) {
    const auto& hashes = std::get<FileHashCondition>(collection.rules[place].condition).hashes;
    for (const FileHash& hash : hashes) {
      if (seen.emplace(hash.digest.type, hash.digest.bytes).second) all.hashes.push_back(hash);
    }
  }
  Rule joined = collection.rules[places.front()];
  joined.name = fmt::format("{} hashes of {} rules", all.hashes.size(), places.size());
  joined.description.clear();
  joined.condition = std::move(all);
  joined.id = TRY(DeriveRuleId(NameOf(collection), joined));
  return joined;
}

}  // namespace

Result<void> JoinHashes(RuleCollection& collection, std::vector<RemovedRule>& removed) {
  std::set<size_t> gone;
  for (const auto& [callers, places] : GroupsOf(collection)) {
    if (places.size() < 2) continue;
    const Rule joined = TRY(JoinedRule(collection, places));
    // All of its hashes beside each rule that went into it would be their square.
    Rule named = joined;
    named.condition = FileHashCondition{};
    for (const size_t place : places) {
      removed.push_back({NameOf(collection), collection.rules[place], WhyRemoved::kJoined, named});
      gone.insert(place);
    }
    gone.erase(places.front());
    collection.rules[places.front()] = joined;
  }
  std::vector<Rule> left;
  for (size_t i = 0; i < collection.rules.size(); ++i) {
    if (!gone.contains(i)) left.push_back(std::move(collection.rules[i]));
  }
  collection.rules = std::move(left);
  return {};
}

}  // namespace portcullis::authoring
