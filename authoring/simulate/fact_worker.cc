// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/fact_worker.h"

#include <fmt/core.h>

#include <algorithm>

#include "authoring/facts.h"

namespace portcullis::simulation {

void FactWorker::JudgeLine(std::string_view line, BlockTally& tally) {
  if (memo_.Take(line)) return;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  if (line.size() > kMaxFactBytes) {
    tally.AddMangled(tally.lines, fmt::format("longer than {} bytes", kMaxFactBytes));
    return;
  }
  auto fact = judge_.JudgeLine(line);
  if (fact) {
    memo_.Add(line, *std::move(fact));
  } else {
    tally.AddMangled(tally.lines, std::move(fact).error().message);
  }
}

BlockTally FactWorker::Judge(std::string_view block) {
  BlockTally tally;
  while (!block.empty()) {
    const size_t end = std::min(block.find('\n'), block.size());
    JudgeLine(block.substr(0, end), tally);
    ++tally.lines;
    block.remove_prefix(std::min(end + 1, block.size()));
  }
  for (const CountedFact& counted : memo_.TakeCounts()) tally.Add(*counted.fact, counted.times);
  return tally;
}

}  // namespace portcullis::simulation
