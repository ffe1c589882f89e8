// SPDX-License-Identifier: Apache-2.0
// Remembers the lines that were judged last: machines have most of their files in common, and the
// line of such a file is the same, byte for byte, whichever machine it comes from.
//
// Shape:   a table of sets of kWays lines; a line's hash chooses the set, all of its bytes are
//          compared. A new line takes the place of the one in its set that was not seen for the
//          longest. Take counts a line; the counts come out as the lines came first (TakeCounts).
// Limits:  kMemoLines lines of at most kMaxMemoLine bytes.
// Errors:  none.
// Threads: for one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authoring/simulate/fact_judge.h"

namespace portcullis::simulation {

inline constexpr size_t kMemoLines = 16'384;
inline constexpr size_t kMaxMemoLine = 4096;

struct CountedFact {
  std::shared_ptr<const JudgedFact> fact;
  uint64_t times = 0;
};

class LineMemo {
 public:
  LineMemo() : slots_(kMemoLines) {}

  // Counts the line once more; false where it is not remembered.
  bool Take(std::string_view line);
  // Counts a line that Take did not know, and remembers it.
  void Add(std::string_view line, JudgedFact fact);
  // What was counted since the last call, in the order of each line's first time.
  std::vector<CountedFact> TakeCounts();

 private:
  struct Slot {
    uint64_t hash = 0;
    uint64_t seen = 0;  // the round of TakeCounts in which it was last counted
    size_t place = 0;   // in counted_, of that round
    std::string line;   // empty: a free slot
    std::shared_ptr<const JudgedFact> fact;
  };
  static constexpr size_t kWays = 8;

  Slot* SetOf(uint64_t hash) { return &slots_[hash % (kMemoLines / kWays) * kWays]; }
  void Count(Slot& slot);

  std::vector<Slot> slots_;
  std::vector<CountedFact> counted_;
  uint64_t round_ = 1;
};

}  // namespace portcullis::simulation
