// SPDX-License-Identifier: Apache-2.0
// From the last rule to the first, a rule goes where one that is still there covers it. That one
// may go later, by a third that covers both; but never by one that went before, so that however the
// proofs go around, one of the rules stays.
#include "authoring/change/optimize.h"

#include <optional>
#include <utility>

#include "authoring/change/collections.h"
#include "authoring/change/cover_index.h"
#include "authoring/change/covers.h"
#include "authoring/change/join_hashes.h"

namespace portcullis::authoring {
namespace {

using applocker::Rule;
using applocker::RuleCollection;

WhyRemoved WhyOf(const Rule& rule, const Rule& by) {
  if (rule.action != by.action) return WhyRemoved::kDenied;
  return SaysTheSame(rule, by) ? WhyRemoved::kDuplicate : WhyRemoved::kCovered;
}

class Covering {
 public:
  Covering(const std::vector<Rule>& rules, const MatchingSettings& settings)
      : rules_(rules), settings_(settings), index_(rules, settings), by_(rules.size()) {
    for (size_t i = rules_.size(); i-- > 0;) FindCover(i);
  }

  // The rule that stays and says what this one says; nothing where this one stays.
  std::optional<size_t> StayingCoverOf(size_t i) const {
    if (!by_[i]) return std::nullopt;
    while (by_[i]) i = *by_[i];
    return i;
  }

 private:
  void FindCover(size_t i) {
    index_.AnyCandidate(rules_[i], [&](size_t candidate) {
      if (candidate == i || by_[candidate]) return false;
      const Rule& by = rules_[candidate];
      if (!Covers(by, rules_[i], settings_) && !Defeats(by, rules_[i], settings_)) return false;
      by_[i] = candidate;
      return true;
    });
  }

  const std::vector<Rule>& rules_;
  const MatchingSettings& settings_;
  const CoverIndex index_;
  std::vector<std::optional<size_t>> by_;
};

void RemoveCovered(RuleCollection& collection, const MatchingSettings& settings,
                   std::vector<RemovedRule>& removed) {
  const Covering covering(collection.rules, settings);
  std::vector<Rule> left;
  for (size_t i = 0; i < collection.rules.size(); ++i) {
    const Rule& rule = collection.rules[i];
    if (const auto by = covering.StayingCoverOf(i)) {
      const Rule& stays = collection.rules[*by];
      removed.push_back({NameOf(collection), rule, WhyOf(rule, stays), stays});
    } else {
      left.push_back(rule);
    }
  }
  collection.rules = std::move(left);
}

}  // namespace

const char* ToString(WhyRemoved why) {
  switch (why) {
    case WhyRemoved::kDuplicate:
      return "duplicate";
    case WhyRemoved::kCovered:
      return "covered";
    case WhyRemoved::kDenied:
      return "denied";
    case WhyRemoved::kJoined:
      return "joined";
  }
  return "";
}

Result<Optimized> Optimize(applocker::AppLockerPolicy policy, const OptimizeOptions& options) {
  Optimized result{std::move(policy), {}};
  for (RuleCollection& collection : result.policy.collections) {
    if (!collection.type) continue;
    RemoveCovered(collection, options.settings, result.removed);
  }
  if (!options.join_hashes) return result;
  for (RuleCollection& collection : result.policy.collections) {
    if (collection.type) TRY_VOID(JoinHashes(collection, result.removed));
  }
  return result;
}

}  // namespace portcullis::authoring
