// SPDX-License-Identifier: Apache-2.0
#include "formats/cfb/chain.h"

#include <fmt/core.h>

#include <algorithm>

namespace portcullis::cfb {

Result<void> ChainReader::Take(uint32_t sector) {
  if (sector >= space_.sector_count) {
    return Fail(ErrorCode::kTruncated, fmt::format("compound file, {} {}: there are {}",
                                                   space_.what, sector, space_.sector_count));
  }
  if (taken_[sector]) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("compound file, {} {}: reached twice; a chain loops, or two chains "
                            "meet",
                            space_.what, sector));
  }
  taken_[sector] = true;
  return {};
}

Result<void> ChainReader::Append(uint32_t sector, uint64_t size, ExtentList& list) {
  TRY_VOID(Take(sector));
  if (!list.Append(TRY(space_.place(sector, size)), size)) return {};
  if (extents_left_ == 0) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("compound file, {} {}: the file is in more pieces than are followed",
                            space_.what, sector));
  }
  --extents_left_;
  return {};
}

Result<uint32_t> ChainReader::Next(uint32_t sector) {
  const uint64_t offset = uint64_t{sector} * sizeof(le32);
  if (offset < page_begin_ || offset >= page_end_) {
    if (table_ == nullptr || offset + sizeof(le32) > table_->size()) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("compound file, {} {}: the allocation table has no entry for it",
                              space_.what, sector));
    }
    page_begin_ = offset / kPageBytes * kPageBytes;
    page_end_ = page_begin_;  // nothing, should the read fail
    const uint64_t size = std::min(kPageBytes, table_->size() - page_begin_);
    TRY_VOID(table_->ReadAt(page_begin_, std::span(page_).first(static_cast<size_t>(size))));
    page_end_ = page_begin_ + size;
  }
  ByteReader reader(page_, "allocation table");
  TRY_VOID(reader.Seek(offset - page_begin_));
  return TRY(reader.Read<le32>()).value();
}

Result<void> ChainReader::TakeSingle(uint32_t sector, ExtentList& list) {
  return Append(sector, space_.sector_size, list);
}

Result<ExtentList> ChainReader::Follow(uint32_t first, uint64_t size) {
  ExtentList list;
  uint32_t sector = first;
  while (list.size() < size) {
    if (sector > kMaxRegularSector) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("compound file: a chain from {} {} ends after {} bytes of {}",
                              space_.what, first, list.size(), size));
    }
    TRY_VOID(Append(sector, std::min<uint64_t>(space_.sector_size, size - list.size()), list));
    if (list.size() < size) sector = TRY(Next(sector));
  }
  return list;
}

Result<ExtentList> ChainReader::FollowToEnd(uint32_t first, uint64_t max_size) {
  ExtentList list;
  for (uint32_t sector = first; sector != kEndOfChain; sector = TRY(Next(sector))) {
    if (list.size() >= max_size) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("compound file: a chain from {} {} has over {} bytes", space_.what,
                              first, max_size));
    }
    TRY_VOID(Append(sector, space_.sector_size, list));
  }
  return list;
}

}  // namespace portcullis::cfb
