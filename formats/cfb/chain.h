// SPDX-License-Identifier: Apache-2.0
// Chains of sectors: where each one leads, and that no sector is in two of them. For the .cc files
// of this folder.
//
// Shape:   an allocation table has a number for each sector, that of the next one of its chain.
// Limits:  every sector is taken once in the life of a ChainReader, so that all chains together
//          take no longer than the file is; the extents of all come out of one budget.
// Errors:  kMalformed for a loop, for two chains that meet, for one that ends early; kTruncated
//          for a sector past the end of the file; kLimitExceeded over the budget.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "formats/cfb/stream.h"

namespace portcullis::cfb {

inline constexpr uint32_t kMaxRegularSector = 0xFFFFFFFA;
inline constexpr uint32_t kEndOfChain = 0xFFFFFFFE;
inline constexpr uint32_t kFreeSector = 0xFFFFFFFF;

// The file that the chains are of.
struct SectorSpace {
  std::string_view what;  // "sector" or "mini sector", for messages
  uint32_t sector_size = 0;
  uint64_t sector_count = 0;
  // Where the first `size` bytes of a sector stand in the file.
  std::function<Result<uint64_t>(uint32_t sector, uint64_t size)> place;
};

class ChainReader {
 public:
  // `extents_left` is the budget, shared by several readers.
  ChainReader(SectorSpace space, size_t& extents_left)
      : space_(std::move(space)), taken_(space_.sector_count), extents_left_(extents_left) {}

  // The allocation table that Follow reads; it must outlive the reader.
  void UseTable(const ByteSource& table) { table_ = &table; }

  // Appends one sector that is in no chain of the table.
  Result<void> TakeSingle(uint32_t sector, ExtentList& list);
  // The chain's first `size` bytes. What follows them in the chain is not looked at.
  Result<ExtentList> Follow(uint32_t first, uint64_t size);
  // The whole chain; kLimitExceeded where that is more than `max_size` bytes.
  Result<ExtentList> FollowToEnd(uint32_t first, uint64_t max_size);

 private:
  Result<void> Take(uint32_t sector);
  Result<void> Append(uint32_t sector, uint64_t size, ExtentList& list);
  Result<uint32_t> Next(uint32_t sector);

  static constexpr uint64_t kPageBytes = 4096;

  SectorSpace space_;
  std::vector<bool> taken_;
  size_t& extents_left_;
  const ByteSource* table_ = nullptr;
  // The part of the table that was read last: chains mostly run on to the next sector.
  std::array<uint8_t, kPageBytes> page_ = {};
  uint64_t page_begin_ = 0;
  uint64_t page_end_ = 0;
};

}  // namespace portcullis::cfb
