// SPDX-License-Identifier: Apache-2.0
// Judges the lines of blocks; one worker is for one thread at a time.
//
// Shape:   what it makes of a block depends on the block alone, not on what it read before.
// Lifetime: borrows the judge.
#pragma once

#include <string_view>

#include "authoring/simulate/fact_judge.h"
#include "authoring/simulate/line_memo.h"
#include "authoring/simulate/tally.h"

namespace portcullis::simulation {

class FactWorker {
 public:
  explicit FactWorker(const FactJudge& judge) : judge_(judge) {}

  BlockTally Judge(std::string_view block);

 private:
  void JudgeLine(std::string_view line, BlockTally& tally);

  const FactJudge& judge_;
  LineMemo memo_;
};

}  // namespace portcullis::simulation
