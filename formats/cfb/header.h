// SPDX-License-Identifier: Apache-2.0
// The first 512 bytes of a compound file. For the .cc files of this folder.
//
// Errors:  kTruncated for a shorter file; kMalformed for a field that has another value than
//          its version allows; kUnsupported for a version that is neither 3 nor 4.
// Source:  [MS-CFB] 2.2.
#pragma once

#include <array>
#include <cstdint>

#include "base/byte_source.h"
#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::cfb {

inline constexpr size_t kHeaderFatSectors = 109;

struct Header {
  uint16_t major_version = 3;
  uint16_t sector_shift = 9;
  uint32_t directory_sectors = 0;  // version 4 alone
  uint32_t fat_sectors = 0;
  uint32_t first_directory_sector = 0;
  uint32_t first_minifat_sector = 0;
  uint32_t minifat_sectors = 0;
  uint32_t first_difat_sector = 0;
  uint32_t difat_sectors = 0;
  std::array<uint32_t, kHeaderFatSectors> difat = {};

  uint32_t sector_size() const { return uint32_t{1} << sector_shift; }
  // The header takes the place of a sector; the one that follows it is number 0.
  uint64_t OffsetOf(uint32_t sector) const { return (uint64_t{sector} + 1) << sector_shift; }
  uint64_t SectorsIn(uint64_t file_size) const;
};

Result<Header> ReadHeader(const ByteSource& source);

}  // namespace portcullis::cfb
