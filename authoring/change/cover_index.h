// SPDX-License-Identifier: Apache-2.0
// Which of many rules may cover or defeat this one? So that not every pair has to be tried.
//
// Shape:   a rule's path, or a publisher's binary name, is filed under a literal piece of it
//          (policy/applocker/pattern_index.h) in a scope of its own for each action and SID, and
//          for each publisher and product; hashes by their bytes. The rule that is asked about is
//          looked up as if its pattern were a path, which it is for who reads wildcards as
//          characters (covers.h).
// Limits:  a pattern without any literal is a candidate for every rule of its scope.
// Errors:  none. It answers with every rule that covers or defeats and some that do not.
// Lifetime: borrows the rules.
// Threads: immutable once built.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/applocker/model.h"
#include "policy/applocker/pattern_index_builder.h"
#include "policy/matching_settings.h"

namespace portcullis::authoring {

class CoverIndex {
 public:
  CoverIndex(const std::vector<applocker::Rule>& rules, const MatchingSettings& settings);

  // Calls `try_rule` with the place of each candidate, some more than once, until it says true.
  bool AnyCandidate(const applocker::Rule& rule, const std::function<bool(size_t)>& try_rule) const;

 private:
  using Places = std::vector<uint32_t>;

  void Add(const applocker::Rule& rule, uint32_t place, applocker::PatternIndexBuilder& builder);
  bool AnyPattern(std::string_view text, uint64_t scope,
                  const std::function<bool(size_t)>& try_rule) const;
  bool AnyIn(const std::unordered_map<uint64_t, Places>& table, uint64_t key,
             const std::function<bool(size_t)>& try_rule) const;
  bool AnyOfCallers(const applocker::Rule& rule, uint64_t callers,
                    const std::function<bool(size_t)>& try_rule) const;

  MatchingSettings settings_;
  std::vector<std::string> texts_;  // of the patterns, while the index is built
  applocker::PatternIndex patterns_;
  std::unordered_map<uint64_t, Places> any_path_;  // by callers
  std::unordered_map<uint64_t, Places> hashes_;    // by callers and digest
};

}  // namespace portcullis::authoring
