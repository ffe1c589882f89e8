// SPDX-License-Identifier: Apache-2.0
// What a simulation counted.
//
// Shape:   BlockTally is of one block of one file, as a thread made it; SimulationTally is of all
// of
//          them, added in the order of the input, so that it does not tell how many threads there
//          were.
// Units:   a fact counts as often as it came (an event: as often as it happened); a verdict is of
//          one fact and one user.
// Limits:  kMaxGroups groups, by who comes first; changes beyond go into `changes_in_other_groups`.
//          kMaxMangledKept lines that could not be read are kept, all are counted.
// Threads: values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authoring/simulate/change.h"
#include "authoring/simulate/fact_judge.h"
#include "base/result.h"

namespace portcullis::simulation {

inline constexpr size_t kMaxGroups = 20'000;
inline constexpr size_t kMaxMangledKept = 20;
inline constexpr size_t kVerdicts = 4;

struct Counts {
  uint64_t facts = 0;       // judged
  uint64_t unreadable = 0;  // facts that say that the file could not be read there
  uint64_t mangled = 0;     // lines that are no fact
  uint64_t lacking_publisher = 0;
  uint64_t lacking_hash = 0;
  uint64_t lacking_path = 0;
  // verdicts[former][now], by Verdict.
  std::array<std::array<uint64_t, kVerdicts>, kVerdicts> verdicts = {};
  uint64_t former_blocked = 0;
  uint64_t now_blocked = 0;
  uint64_t changes = 0;
  uint64_t denied = 0;   // changes that are IsDenied
  uint64_t blocked = 0;  // changes that are IsBlocked

  uint64_t former(Verdict verdict) const;
  uint64_t now(Verdict verdict) const;
  void Add(const JudgedFact& fact, uint64_t times);
  void Add(const Counts& other);
};

struct MangledLine {
  std::string file;
  uint64_t line = 0;  // from 1
  std::string why;
};

struct BlockTally {
  struct Line {
    uint64_t line = 0;  // of the block, from 0
    std::string why;
  };

  uint64_t lines = 0;
  Counts counts;
  std::vector<std::pair<std::shared_ptr<const Change>, uint64_t>> changes;  // as they came first
  std::vector<Line> mangled;  // at most kMaxMangledKept

  void Add(const JudgedFact& fact, uint64_t times);
  void AddMangled(uint64_t line, std::string why);
};

struct SimulationTally {
  Counts counts;
  std::map<ChangeGroup, GroupCount> groups;
  uint64_t changes_in_other_groups = 0;
  std::vector<MangledLine> mangled;
  // Inputs that could not be read, or not to their end: what was read of them is counted.
  struct Problem {
    std::string file;
    Error error;
  };
  std::vector<Problem> problems;

  // `lines_before` of the file were added already. A change may be added to one tally only, which
  // is not moved meanwhile.
  void Add(BlockTally block, const std::string& file, uint64_t lines_before);

 private:
  uint64_t* CounterOf(const Change& change);
};

// The most frequent first, then as their members are ordered. Pointers into the tally.
std::vector<const std::map<ChangeGroup, GroupCount>::value_type*> GroupsInOrder(
    const SimulationTally& tally);

}  // namespace portcullis::simulation
