// SPDX-License-Identifier: Apache-2.0
// Cuts a stream of facts into blocks of whole lines, for several threads to read.
//
// Shape:   Next gives one block after the other; each ends where a line ends, but for the last one.
//          The same input gives the same blocks, however it comes in.
// Limits:  kBlockBytes a block, so that it stays in a processor's own cache; one line that is
// longer
//          is a block alone. Of a line that is too long for a fact (kMaxFactBytes) the beginning is
//          given, which is too long too; the rest is passed over.
// Errors:  those of the input, after what was read before them.
// Threads: for one thread at a time.
#pragma once

#include <vector>

#include "authoring/facts.h"
#include "authoring/simulate/packed_input.h"
#include "base/result.h"

namespace portcullis::simulation {

inline constexpr size_t kBlockBytes = 256 << 10;
inline constexpr size_t kLongBlockBytes = 2 << 20;
static_assert(kBlockBytes < kMaxFactBytes && kLongBlockBytes > kMaxFactBytes);

using FactBlock = std::vector<char>;

class FactBlocks {
 public:
  explicit FactBlocks(PackedInput input) : input_(std::move(input)) {}

  // Empty at the end. The memory of `used` is used again; what it holds is not looked at.
  Result<FactBlock> Next(FactBlock used = {});

 private:
  Result<void> PassOverLine();

  PackedInput input_;
  FactBlock carried_;  // the beginning of the line that the last block had no end of
  bool is_in_long_line_ = false;
};

}  // namespace portcullis::simulation
