// SPDX-License-Identifier: Apache-2.0
#include "formats/cfb/stream.h"

#include <fmt/core.h>

#include <algorithm>

namespace portcullis::cfb {

bool ExtentList::Append(uint64_t offset, uint64_t size) {
  const bool is_new = extents_.empty() || offset != file_end_;
  if (is_new) extents_.push_back({size_, offset});
  size_ += size;
  file_end_ = offset + size;
  return is_new;
}

ExtentList::Run ExtentList::Locate(uint64_t position) const {
  const auto after = std::ranges::upper_bound(extents_, position, {}, &Extent::begin);
  const Extent& extent = *std::prev(after);
  const uint64_t end = after == extents_.end() ? size_ : after->begin;
  return {extent.offset + (position - extent.begin), end - position};
}

Result<void> Stream::ReadAt(uint64_t offset, std::span<uint8_t> out) const {
  if (offset > size() || out.size() > size() - offset) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("stream: {} bytes at offset {} pass its end at {}", out.size(), offset,
                            size()));
  }
  while (!out.empty()) {
    const ExtentList::Run run = extents_->Locate(offset);
    const auto size = static_cast<size_t>(std::min<uint64_t>(run.size, out.size()));
    TRY_VOID(file_->ReadAt(run.offset, out.first(size)));
    out = out.subspan(size);
    offset += size;
  }
  return {};
}

}  // namespace portcullis::cfb
