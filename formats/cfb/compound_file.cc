// SPDX-License-Identifier: Apache-2.0
// Every sector belongs to one chain at most. That one rule, kept with a bit a sector, finds loops
// and chains that meet, and bounds the time: a hostile directory can not have the same sectors read
// for each of its entries.
#include "formats/cfb/compound_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "formats/cfb/chain.h"
#include "formats/cfb/directory.h"
#include "formats/cfb/header.h"

namespace portcullis::cfb {
namespace {

constexpr std::array<uint8_t, 8> kMagic = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
constexpr uint32_t kMiniSectorSize = 64;

SectorSpace FileSectors(const ByteSource& source, const Header& header) {
  const auto place = [&source, &header](uint32_t sector, uint64_t size) -> Result<uint64_t> {
    const uint64_t offset = header.OffsetOf(sector);
    if (offset <= source.size() && size <= source.size() - offset) return offset;
    return Fail(ErrorCode::kTruncated,
                fmt::format("compound file, sector {}: {} bytes at offset {} pass the end of the "
                            "file at {}",
                            sector, size, offset, source.size()));
  };
  return {"sector", header.sector_size(), header.SectorsIn(source.size()), place};
}

SectorSpace MiniSectors(const ExtentList& mini_stream) {
  const auto place = [&mini_stream](uint32_t sector, uint64_t size) -> Result<uint64_t> {
    const uint64_t position = uint64_t{sector} * kMiniSectorSize;
    if (position >= mini_stream.size() || size > mini_stream.size() - position) {
      return Fail(ErrorCode::kTruncated,
                  fmt::format("compound file, mini sector {}: past the mini stream's end at {}",
                              sector, mini_stream.size()));
    }
    return mini_stream.Locate(position).offset;  // no mini sector stands in two sectors
  };
  const uint64_t count = (mini_stream.size() + kMiniSectorSize - 1) / kMiniSectorSize;
  return {"mini sector", kMiniSectorSize, count, place};
}

class Parser {
 public:
  Parser(const ByteSource& source, const Header& header)
      : source_(source), header_(header), sectors_(FileSectors(source, header), extents_left_) {}

  Result<std::vector<Entry>> Run() {
    TRY_VOID(ReadFat());
    const Stream fat(source_, fat_);
    sectors_.UseTable(fat);
    const ExtentList directory = TRY(sectors_.FollowToEnd(
        header_.first_directory_sector, uint64_t{kMaxDirectoryEntries} * kDirectoryEntryBytes));
    auto placed = TRY(ReadDirectory(Stream(source_, directory), header_.major_version));
    TRY_VOID(FindContents(placed));
    std::vector<Entry> entries;
    entries.reserve(placed.size());
    for (PlacedEntry& each : placed) entries.push_back(std::move(each.entry));
    return entries;
  }

 private:
  // The header names the first sectors of the allocation table, a chain of its own the others.
  Result<void> ReadFat() {
    uint64_t left = header_.fat_sectors;
    for (size_t i = 0; i < header_.difat.size() && left > 0; ++i, --left) {
      TRY_VOID(sectors_.TakeSingle(header_.difat[i], fat_));
    }
    uint32_t sector = header_.first_difat_sector;
    while (left > 0) sector = TRY(ReadDifatSector(sector, left));
    return {};
  }

  // Takes what one sector of that chain names, `left` at most; the next sector of the chain.
  Result<uint32_t> ReadDifatSector(uint32_t sector, uint64_t& left) {
    ExtentList place;
    TRY_VOID(sectors_.TakeSingle(sector, place));
    std::vector<uint8_t> bytes(header_.sector_size());
    TRY_VOID(Stream(source_, place).ReadAt(0, bytes));
    ByteReader reader(bytes, "compound file, DIFAT");
    for (size_t i = 1; i < bytes.size() / sizeof(le32) && left > 0; ++i, --left) {
      const uint32_t listed = TRY(reader.Read<le32>());
      TRY_VOID(sectors_.TakeSingle(listed, fat_));
    }
    return left == 0 ? kEndOfChain : TRY(reader.Read<le32>()).value();
  }

  Result<void> FindContents(std::vector<PlacedEntry>& placed) {
    PlacedEntry& root = placed.front();
    if (root.size > kMaxMiniStreamBytes) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("compound file: a mini stream of {} bytes, at most {}", root.size,
                              kMaxMiniStreamBytes));
    }
    root.entry.extents = TRY(sectors_.Follow(root.first_sector, root.size));
    const uint64_t minifat_bytes = uint64_t{header_.minifat_sectors} * header_.sector_size();
    const ExtentList minifat = TRY(sectors_.Follow(header_.first_minifat_sector, minifat_bytes));
    const Stream minifat_stream(source_, minifat);
    ChainReader mini_sectors(MiniSectors(root.entry.extents), extents_left_);
    mini_sectors.UseTable(minifat_stream);
    for (PlacedEntry& each : placed) {
      if (each.entry.kind != EntryKind::kStream) continue;
      ChainReader& chains = each.size < kMiniStreamCutoff ? mini_sectors : sectors_;
      each.entry.extents = TRY(chains.Follow(each.first_sector, each.size));
    }
    return {};
  }

  const ByteSource& source_;
  const Header& header_;
  size_t extents_left_ = kMaxExtents;
  ChainReader sectors_;
  ExtentList fat_;
};

}  // namespace

bool IsCompoundFile(Bytes head) {
  return head.size() >= kMagic.size() && std::ranges::equal(head.first(kMagic.size()), kMagic);
}

Result<CompoundFile> CompoundFile::Parse(const ByteSource& source) {
  const Header header = TRY(ReadHeader(source));
  const uint64_t sectors = header.SectorsIn(source.size());
  if (sectors > kMaxSectors) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("compound file: {} sectors, at most {}", sectors, kMaxSectors));
  }
  return CompoundFile(source, TRY(Parser(source, header).Run()));
}

const Entry* CompoundFile::Find(const Entry& storage, std::u16string_view name) const {
  for (const uint32_t child : storage.children) {
    if (entries_[child].name == name) return &entries_[child];
  }
  return nullptr;
}

}  // namespace portcullis::cfb
