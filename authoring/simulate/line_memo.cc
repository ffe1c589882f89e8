// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/line_memo.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/bytes.h"
#include "base/xxh64.h"

namespace portcullis::simulation {

void LineMemo::Count(Slot& slot) {
  if (slot.seen != round_) {
    slot.seen = round_;
    slot.place = counted_.size();
    counted_.push_back({slot.fact, 0});
  }
  ++counted_[slot.place].times;
}

bool LineMemo::Take(std::string_view line) {
  const uint64_t hash = Xxh64(AsBytes(line));
  for (Slot& slot : std::span(SetOf(hash), kWays)) {
    if (slot.hash != hash || slot.line != line) continue;
    Count(slot);
    return true;
  }
  return false;
}

void LineMemo::Add(std::string_view line, JudgedFact fact) {
  auto shared = std::make_shared<const JudgedFact>(std::move(fact));
  if (line.size() > kMaxMemoLine) {
    counted_.push_back({std::move(shared), 1});
    return;
  }
  const uint64_t hash = Xxh64(AsBytes(line));
  const std::span<Slot> set(SetOf(hash), kWays);
  Slot& slot = *std::ranges::min_element(set, {}, &Slot::seen);
  slot.hash = hash;
  slot.seen = 0;
  slot.line = line;
  slot.fact = std::move(shared);
  Count(slot);
}

std::vector<CountedFact> LineMemo::TakeCounts() {
  ++round_;
  return std::exchange(counted_, {});
}

}  // namespace portcullis::simulation
