// SPDX-License-Identifier: Apache-2.0
#include "formats/cfb/header.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/cfb/compound_file.h"

namespace portcullis::cfb {
namespace {

constexpr uint16_t kLittleEndianMark = 0xFFFE;
constexpr uint16_t kMiniSectorShift = 6;

struct HeaderLayout {
  std::array<uint8_t, 8> magic;
  std::array<uint8_t, 16> class_id;
  le16 minor_version;
  le16 major_version;
  le16 byte_order;
  le16 sector_shift;
  le16 mini_sector_shift;
  std::array<uint8_t, 6> reserved;
  le32 directory_sectors;
  le32 fat_sectors;
  le32 first_directory_sector;
  le32 transaction;
  le32 mini_cutoff;
  le32 first_minifat_sector;
  le32 minifat_sectors;
  le32 first_difat_sector;
  le32 difat_sectors;
  std::array<le32, kHeaderFatSectors> difat;
};
static_assert(sizeof(HeaderLayout) == 512);

Result<void> Require(bool holds, std::string_view field, uint64_t found) {
  if (holds) return {};
  return Fail(ErrorCode::kMalformed,
              fmt::format("compound file, header: {} is {}, which its version does not allow",
                          field, found));
}

Result<void> CheckLayout(const HeaderLayout& layout) {
  if (!IsCompoundFile(layout.magic)) {
    return Fail(ErrorCode::kMalformed, "compound file, offset 0: the magic number is missing");
  }
  const uint16_t major = layout.major_version;
  if (major != 3 && major != 4) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("compound file, header: version {}, read are 3 and 4", major));
  }
  const uint16_t byte_order = layout.byte_order;
  TRY_VOID(Require(byte_order == kLittleEndianMark, "the byte order", byte_order));
  const uint16_t shift = layout.sector_shift;
  TRY_VOID(Require(shift == (major == 3 ? 9 : 12), "the sector shift", shift));
  const uint16_t mini_shift = layout.mini_sector_shift;
  TRY_VOID(Require(mini_shift == kMiniSectorShift, "the mini sector shift", mini_shift));
  const uint32_t cutoff = layout.mini_cutoff;
  return Require(cutoff == kMiniStreamCutoff, "the mini stream's cutoff", cutoff);
}

}  // namespace

uint64_t Header::SectorsIn(uint64_t file_size) const {
  const uint64_t size = sector_size();
  if (file_size <= size) return 0;
  return (file_size - size + size - 1) / size;  // the last may be cut short
}

Result<Header> ReadHeader(const ByteSource& source) {
  std::array<uint8_t, sizeof(HeaderLayout)> bytes = {};
  TRY_VOID(source.ReadAt(0, bytes));
  const auto layout = TRY(ByteReader(bytes, "compound file").Read<HeaderLayout>());
  TRY_VOID(CheckLayout(layout));
  Header header;
  header.major_version = layout.major_version;
  header.sector_shift = layout.sector_shift;
  header.directory_sectors = layout.directory_sectors;
  header.fat_sectors = layout.fat_sectors;
  header.first_directory_sector = layout.first_directory_sector;
  header.first_minifat_sector = layout.first_minifat_sector;
  header.minifat_sectors = layout.minifat_sectors;
  header.first_difat_sector = layout.first_difat_sector;
  header.difat_sectors = layout.difat_sectors;
  std::ranges::copy(layout.difat, header.difat.begin());
  return header;
}

}  // namespace portcullis::cfb
