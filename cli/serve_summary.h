// SPDX-License-Identifier: Apache-2.0
// The last words of `serve`: what ran, what was blocked or would have been, and by which rule.
//
// Shape:   fed with every record; text for people, or one JSON object. Denials are told by file,
// user,
//          rule and effect.
// Limits:  kMaxDeniedFiles are told apart, later ones counted together; kShownDenied are shown.
// Threads: for one thread.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <string>

#include "cli/io.h"
#include "enforcement/decision_record.h"

namespace portcullis::cli {

inline constexpr size_t kMaxDeniedFiles = 10'000;
inline constexpr size_t kShownDenied = 20;

class ServeSummary {
 public:
  void Add(const enforcement::DecisionRecord& record);
  void AddLost(uint64_t count) { lost_ += count; }

  std::string Table(std::chrono::milliseconds elapsed, size_t columns) const;
  std::string Json(std::chrono::milliseconds elapsed) const;

 private:
  struct Denial {
    std::string path;
    std::string collection;
    std::string effect;
    std::string rule;
    std::string user;

    friend auto operator<=>(const Denial&, const Denial&) = default;
  };
  using Counted = std::pair<Denial, uint64_t>;
  std::vector<Counted> MostFirst() const;

  std::map<Denial, uint64_t> denied_;
  uint64_t denied_elsewhere_ = 0;
  std::map<std::string, uint64_t> effects_;  // denied records by effect
  std::map<std::string, uint64_t> allowed_;  // allowed records by collection
  uint64_t service_exempt_ = 0;              // of the allowed
  uint64_t lost_ = 0;
};

}  // namespace portcullis::cli
