// SPDX-License-Identifier: Apache-2.0
// Builds a PatternIndex: finds the places where a pattern could be filed, and chooses.
//
// Lifetime: the patterns that are added must outlive Build.
// Source:  docs/decisions/0012-rule-index.md.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "policy/applocker/pattern_index.h"
#include "policy/applocker/wildcard.h"

namespace portcullis::applocker {

class PatternIndexBuilder {
 public:
  explicit PatternIndexBuilder(QuestionMark question_mark) : question_mark_(question_mark) {}
  void Add(std::string_view pattern, uint64_t scope, uint32_t value) {
    patterns_.push_back({pattern, scope, value});
  }
  PatternIndex Build();

 private:
  struct Pattern {
    std::string_view text;
    uint64_t scope;
    uint32_t value;
  };
  // A key for a literal run and, for the front and the end, the chain that it hangs on.
  struct Place {
    uint64_t key = 0;
    uint32_t kind = 0;  // of PatternIndex::Kinds
    uint64_t chain = 0;
    size_t residual_length = 0;
  };
  static Place WholePlace(std::string_view text, uint64_t scope);
  static Place FrontPlace(std::string_view run, uint64_t scope);
  static Place EndPlace(std::string_view run, uint64_t scope);
  template <typename Visit>
  static void ForEachPlaceInRun(std::string_view run, uint64_t scope, Visit& visit);
  template <typename Visit>
  void ForEachPlace(const Pattern& pattern, Visit visit) const;
  void CountPlaces();
  uint32_t& CountOf(uint64_t key) { return counts_[key & (counts_.size() - 1)]; }
  Place Choose(const Pattern& pattern);

  QuestionMark question_mark_;
  std::vector<Pattern> patterns_;
  std::vector<uint32_t> counts_;  // how many patterns share a key, by some of its bits
};

}  // namespace portcullis::applocker
