// SPDX-License-Identifier: Apache-2.0
// Reads anything as a stream that may be packed, whole and in small pieces: both must give the same
// blocks of facts.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "authoring/simulate/fact_blocks.h"
#include "authoring/simulate/packed_input.h"

namespace {

using namespace portcullis;
using namespace portcullis::simulation;

constexpr size_t kMostUnpacked = 8 << 20;

// What comes out in front of the end or an error; cut at kMostUnpacked.
std::string Unpacked(Bytes bytes, size_t piece) {
  ByteFeed feed = [bytes, piece](std::span<uint8_t> out) mutable -> Result<size_t> {
    const size_t size = std::min({piece, out.size(), bytes.size()});
    std::copy_n(bytes.begin(), size, out.begin());
    bytes = bytes.subspan(size);
    return size;
  };
  std::string text;
  auto input = PackedInput::Begin(std::move(feed));
  if (!input) return text;
  FactBlocks blocks(*std::move(input));
  while (text.size() < kMostUnpacked) {
    const auto block = blocks.Next();
    if (!block || block->empty()) break;
    text.append(block->data(), block->size());
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string whole = Unpacked({data, size}, size + 1);
  const std::string pieces = Unpacked({data, size}, 3);
  // A codec may notice damage earlier or later when it sees less at once.
  const size_t both = std::min(whole.size(), pieces.size());
  if (whole.compare(0, both, pieces, 0, both) != 0) std::abort();
  return 0;
}
