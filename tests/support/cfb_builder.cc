// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cfb_builder.h"

#include <algorithm>

namespace portcullis::testing {
namespace {

constexpr size_t kMiniSector = 64;
constexpr size_t kCutoff = 4096;
constexpr size_t kEntryBytes = 128;
constexpr size_t kHeaderFatSectors = 109;
constexpr uint32_t kEnd = 0xFFFFFFFE;
constexpr uint32_t kFree = 0xFFFFFFFF;
constexpr uint32_t kFatMark = 0xFFFFFFFD;
constexpr uint32_t kDifatMark = 0xFFFFFFFC;

size_t Pieces(size_t size, size_t piece) { return (size + piece - 1) / piece; }

// Links the sectors of a chain in `table`, which grows by them, and returns them in its order.
std::vector<uint32_t> Link(std::vector<uint32_t>& table, size_t count, bool is_backwards) {
  std::vector<uint32_t> chain;
  for (size_t i = 0; i < count; ++i) chain.push_back(static_cast<uint32_t>(table.size() + i));
  if (is_backwards) std::ranges::reverse(chain);
  table.resize(table.size() + count, kFree);
  for (size_t i = 0; i < count; ++i) table[chain[i]] = i + 1 < count ? chain[i + 1] : kEnd;
  return chain;
}

struct FlatEntry {
  const CfbNode* node = nullptr;
  uint32_t left = kFree;
  uint32_t right = kFree;
  uint32_t child = kFree;
  uint32_t first_sector = 0;
  uint64_t size = 0;
};

// The order of the tree: shorter names first.
bool ComesBefore(const CfbNode* left, const CfbNode* right) {
  if (left->name.size() != right->name.size()) return left->name.size() < right->name.size();
  return left->name < right->name;
}

class Builder {
 public:
  explicit Builder(const CfbSpec& spec) : spec_(spec) {
    built_.sector_size = spec.version == 3 ? 512 : 4096;
  }

  BuiltCfb Build() {
    entries_.push_back({.node = &spec_.root});
    AddChildren(0);
    PlaceStreams();
    PlaceTables();
    WriteHeader();
    for (const auto& [chain, content] : contents_) Write(chain, content);
    return std::move(built_);
  }

 private:
  void AddChildren(uint32_t storage) {
    std::vector<const CfbNode*> nodes;
    for (const CfbNode& node : entries_[storage].node->children) nodes.push_back(&node);
    std::ranges::sort(nodes, ComesBefore);
    const auto first = static_cast<uint32_t>(entries_.size());
    for (const CfbNode* node : nodes) entries_.push_back({.node = node});
    const auto end = static_cast<uint32_t>(entries_.size());
    entries_[storage].child = Balance(first, end);
    for (uint32_t i = first; i < end; ++i) {
      if (entries_[i].node->is_storage) AddChildren(i);
    }
  }

  uint32_t Balance(uint32_t begin, uint32_t end) {
    if (begin == end) return kFree;
    const uint32_t middle = begin + (end - begin) / 2;
    entries_[middle].left = Balance(begin, middle);
    entries_[middle].right = Balance(middle + 1, end);
    return middle;
  }

  void PlaceStreams() {
    for (FlatEntry& entry : entries_) {
      const Buffer& content = entry.node->content;
      if (entry.node == &spec_.root || entry.node->is_storage) continue;
      entry.size = content.size();
      entry.first_sector = kEnd;
      if (content.empty()) continue;
      std::vector<uint32_t> chain;
      if (content.size() < kCutoff) {
        chain =
            Link(minifat_, Pieces(content.size(), kMiniSector), spec_.order != CfbOrder::kInARow);
        mini_stream_.resize(minifat_.size() * kMiniSector);
        for (size_t i = 0; i < content.size(); ++i) {
          mini_stream_[chain[i / kMiniSector] * kMiniSector + i % kMiniSector] = content[i];
        }
      } else {
        chain = Place(content);
      }
      entry.first_sector = chain.front();
      built_.chains[entry.node->name] = std::move(chain);
    }
  }

  std::vector<uint32_t> Place(const Buffer& content) {
    std::vector<uint32_t> chain =
        Link(fat_, Pieces(content.size(), built_.sector_size), spec_.order == CfbOrder::kBackwards);
    contents_.emplace_back(chain, content);
    return chain;
  }

  void PlaceTables() {
    built_.mini_stream_sectors = Place(mini_stream_);
    entries_.front().size = mini_stream_.size();
    entries_.front().first_sector =
        mini_stream_.empty() ? kEnd : built_.mini_stream_sectors.front();
    built_.minifat_sectors = Place(TableBytes(minifat_));
    const Buffer directory = DirectoryBytes();
    built_.directory_sectors = Place(directory);
    for (size_t i = 0; i < entries_.size(); ++i) {
      const std::u16string name = i == 0 ? std::u16string() : entries_[i].node->name;
      const size_t offset = i * kEntryBytes;
      built_.entries[name] =
          built_.SectorOffset(built_.directory_sectors[offset / built_.sector_size]) +
          offset % built_.sector_size;
    }
    PlaceFat();
  }

  void PlaceFat() {
    const size_t per_sector = built_.sector_size / 4;
    size_t fat = 0;
    size_t difat = 0;
    while (fat * per_sector < fat_.size() + fat + difat) {
      ++fat;
      difat = fat > kHeaderFatSectors ? Pieces(fat - kHeaderFatSectors, per_sector - 1) : 0;
    }
    for (size_t i = 0; i < fat; ++i) {
      built_.fat_sectors.push_back(static_cast<uint32_t>(fat_.size()));
      fat_.push_back(kFatMark);
    }
    for (size_t i = 0; i < difat; ++i) {
      difat_.push_back(static_cast<uint32_t>(fat_.size()));
      fat_.push_back(kDifatMark);
    }
    contents_.emplace_back(built_.fat_sectors, TableBytes(fat_));
    contents_.emplace_back(difat_, DifatBytes());
  }

  Buffer TableBytes(const std::vector<uint32_t>& table) const {
    Buffer bytes;
    for (const uint32_t next : table) AppendLe(bytes, next, 4);
    bytes.resize(Pieces(bytes.size(), built_.sector_size) * built_.sector_size, 0xFF);
    return bytes;
  }

  Buffer DifatBytes() const {
    Buffer bytes;
    const size_t listed = built_.sector_size / 4 - 1;
    for (size_t i = 0; i < difat_.size(); ++i) {
      for (size_t k = 0; k < listed; ++k) {
        const size_t index = kHeaderFatSectors + i * listed + k;
        AppendLe(bytes, index < built_.fat_sectors.size() ? built_.fat_sectors[index] : kFree, 4);
      }
      AppendLe(bytes, i + 1 < difat_.size() ? difat_[i + 1] : kEnd, 4);
    }
    return bytes;
  }

  Buffer DirectoryBytes() const {
    Buffer bytes;
    for (const FlatEntry& entry : entries_) {
      const bool is_root = entry.node == &spec_.root;
      const std::u16string name = is_root ? u"Root Entry" : entry.node->name;
      const size_t begin = bytes.size();
      for (const char16_t unit : name) AppendLe(bytes, unit, 2);
      bytes.resize(begin + 64);
      AppendLe(bytes, 2 * (name.size() + 1), 2);
      AppendLe(bytes, is_root ? 5 : entry.node->is_storage ? 1 : 2, 1);
      AppendLe(bytes, 1, 1);  // black
      for (const uint32_t link : {entry.left, entry.right, entry.child}) AppendLe(bytes, link, 4);
      for (const uint8_t byte : entry.node->class_id) bytes.push_back(byte);
      AppendLe(bytes, entry.node->state_bits, 4);
      AppendLe(bytes, entry.node->created, 8);
      AppendLe(bytes, entry.node->modified, 8);
      AppendLe(bytes, entry.first_sector, 4);
      AppendLe(bytes, entry.size, 8);
    }
    while (bytes.size() % built_.sector_size != 0) {
      const size_t begin = bytes.size();
      bytes.resize(begin + kEntryBytes);
      for (const size_t link : {68U, 72U, 76U}) WriteLe(bytes, begin + link, kFree, 4);
    }
    return bytes;
  }

  void WriteHeader() {
    Buffer& bytes = built_.bytes;
    bytes = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    bytes.resize(24);
    const bool is_v3 = spec_.version == 3;
    AppendLe(bytes, 0x3E, 2);
    AppendLe(bytes, spec_.version, 2);
    AppendLe(bytes, 0xFFFE, 2);
    AppendLe(bytes, is_v3 ? 9 : 12, 2);
    AppendLe(bytes, 6, 2);
    bytes.resize(40);
    AppendLe(bytes, is_v3 ? 0 : built_.directory_sectors.size(), 4);
    AppendLe(bytes, built_.fat_sectors.size(), 4);
    AppendLe(bytes, built_.directory_sectors.front(), 4);
    AppendLe(bytes, 0, 4);
    AppendLe(bytes, kCutoff, 4);
    AppendLe(bytes, minifat_.empty() ? kEnd : built_.minifat_sectors.front(), 4);
    AppendLe(bytes, built_.minifat_sectors.size(), 4);
    AppendLe(bytes, difat_.empty() ? kEnd : difat_.front(), 4);
    AppendLe(bytes, difat_.size(), 4);
    for (size_t i = 0; i < kHeaderFatSectors; ++i) {
      AppendLe(bytes, i < built_.fat_sectors.size() ? built_.fat_sectors[i] : kFree, 4);
    }
    bytes.resize((fat_.size() + 1) * built_.sector_size);
  }

  void Write(const std::vector<uint32_t>& chain, const Buffer& content) {
    for (size_t i = 0; i < chain.size(); ++i) {
      const size_t begin = i * built_.sector_size;
      const size_t size = std::min(built_.sector_size, content.size() - begin);
      std::copy_n(
          content.begin() + static_cast<std::ptrdiff_t>(begin), size,
          built_.bytes.begin() + static_cast<std::ptrdiff_t>(built_.SectorOffset(chain[i])));
    }
  }

  const CfbSpec& spec_;
  BuiltCfb built_;
  std::vector<FlatEntry> entries_;
  std::vector<uint32_t> fat_, minifat_, difat_;
  Buffer mini_stream_;
  std::vector<std::pair<std::vector<uint32_t>, Buffer>> contents_;
};

}  // namespace

size_t BuiltCfb::FatOffset(uint32_t sector) const {
  const size_t per_sector = sector_size / 4;
  return SectorOffset(fat_sectors[sector / per_sector]) + sector % per_sector * 4;
}

size_t BuiltCfb::MiniFatOffset(uint32_t mini_sector) const {
  const size_t per_sector = sector_size / 4;
  return SectorOffset(minifat_sectors[mini_sector / per_sector]) + mini_sector % per_sector * 4;
}

size_t BuiltCfb::ContentOffset(const std::u16string& name, size_t size, size_t position) const {
  const std::vector<uint32_t>& chain = chains.at(name);
  if (size >= kCutoff) {
    return SectorOffset(chain[position / sector_size]) + position % sector_size;
  }
  const size_t in_mini_stream =
      chain[position / kMiniSector] * kMiniSector + position % kMiniSector;
  return SectorOffset(mini_stream_sectors[in_mini_stream / sector_size]) +
         in_mini_stream % sector_size;
}

BuiltCfb BuildCfb(const CfbSpec& spec) { return Builder(spec).Build(); }

}  // namespace portcullis::testing
