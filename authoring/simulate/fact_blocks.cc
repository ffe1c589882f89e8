// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/fact_blocks.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace portcullis::simulation {
namespace {

// Grows `text` to `size`, or to where the input ends.
Result<void> FillBlock(PackedInput& input, FactBlock& text, size_t size) {
  const size_t kept = text.size();
  text.resize(size);
  const auto filled = input.Fill({reinterpret_cast<uint8_t*>(text.data()) + kept, size - kept});
  text.resize(kept + filled.value_or(0));
  // What is carried is a line that was cut short; it is given out, and the error comes after it.
  if (!filled && kept == 0) return Unexpected(filled.error());
  return {};
}

// Behind the last line end, or the first one; 0 where there is none.
size_t LastLineEnd(const FactBlock& text) {
  return std::string_view(text.data(), text.size()).rfind('\n') + 1;
}
size_t FirstLineEnd(const FactBlock& text) {
  return std::string_view(text.data(), text.size()).find('\n') + 1;
}

FactBlock From(const FactBlock& text, size_t begin) {
  return {text.begin() + static_cast<ptrdiff_t>(begin), text.end()};
}

}  // namespace

Result<void> FactBlocks::PassOverLine() {
  FactBlock text;
  do {
    text.clear();
    TRY_VOID(FillBlock(input_, text, kBlockBytes));
  } while (!text.empty() && FirstLineEnd(text) == 0);
  carried_ = From(text, FirstLineEnd(text));
  is_in_long_line_ = false;
  return {};
}

Result<FactBlock> FactBlocks::Next(FactBlock used) {
  if (is_in_long_line_) TRY_VOID(PassOverLine());
  FactBlock text = std::move(used);
  text.assign(carried_.begin(), carried_.end());
  carried_.clear();
  size_t wanted = std::max(kBlockBytes, text.size());
  TRY_VOID(FillBlock(input_, text, wanted));
  if (text.size() == wanted && LastLineEnd(text) == 0) {
    wanted = kLongBlockBytes;
    TRY_VOID(FillBlock(input_, text, wanted));
  }
  if (text.size() < wanted) return text;
  const size_t end = LastLineEnd(text);
  is_in_long_line_ = end == 0;
  if (is_in_long_line_) return text;
  carried_.assign(text.begin() + static_cast<ptrdiff_t>(end), text.end());
  text.resize(end);
  return text;
}

}  // namespace portcullis::simulation
