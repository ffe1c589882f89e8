// SPDX-License-Identifier: Apache-2.0
// `test --summary`: what a policy does to a machine, on one page.
//
// Shape:   counts a collection and verdict; the places with the most denials, with an example each.
// Limits:  kMaxPlaces directories are counted apart; what comes later is counted as one.
#pragma once

#include <array>
#include <map>
#include <string>

#include "cli/files.h"
#include "cli/judge.h"

namespace portcullis::cli {

inline constexpr size_t kMaxPlaces = 100'000;
inline constexpr size_t kShownPlaces = 10;

class Summary {
 public:
  void Add(const FileLine& line);
  std::string Table(const Judge& judge, size_t columns) const;
  std::string Json(const Judge& judge) const;

 private:
  using Counts = std::array<uint64_t, 4>;  // by Verdict
  struct Place {
    uint64_t denials = 0;
    std::string example;
  };

  // By collection; the last is for files that none judges.
  std::array<Counts, applocker::kCollectionTypes + 1> counts_ = {};
  std::map<std::string, Place> places_;
  Place elsewhere_;
  uint64_t unreadable_ = 0;
};

}  // namespace portcullis::cli
