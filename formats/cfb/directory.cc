// SPDX-License-Identifier: Apache-2.0
#include "formats/cfb/directory.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/utf.h"

namespace portcullis::cfb {
namespace {

constexpr uint32_t kNoEntry = 0xFFFFFFFF;
constexpr size_t kMaxNameUnits = 32;  // with the NUL

struct EntryLayout {
  std::array<le16, kMaxNameUnits> name;
  le16 name_bytes;
  uint8_t kind;
  uint8_t color;
  le32 left;
  le32 right;
  le32 child;
  std::array<uint8_t, 16> class_id;
  le32 state_bits;
  le64 created;
  le64 modified;
  le32 first_sector;
  le32 size_low;
  le32 size_high;
};
static_assert(sizeof(EntryLayout) == kDirectoryEntryBytes && alignof(EntryLayout) == 1);

Unexpected Malformed(uint32_t index, std::string_view what) {
  return Fail(ErrorCode::kMalformed,
              fmt::format("compound file, directory entry {}: {}", index, what));
}

Result<std::u16string> ReadName(const EntryLayout& layout, uint32_t index) {
  const size_t bytes = layout.name_bytes;
  if (bytes % 2 != 0 || bytes < 4 || bytes > 2 * kMaxNameUnits) {
    return Malformed(index, fmt::format("a name of {} bytes, allowed are 4 to 64, even", bytes));
  }
  std::u16string name;
  for (size_t i = 0; i < bytes / 2; ++i) name.push_back(static_cast<char16_t>(layout.name[i]));
  if (name.back() != 0) return Malformed(index, "its name does not end in NUL");
  name.pop_back();
  if (name.find(u'\0') != std::u16string::npos) return Malformed(index, "a NUL inside its name");
  return name;
}

Result<PlacedEntry> ReadEntry(const EntryLayout& layout, uint32_t index, uint16_t major_version) {
  PlacedEntry placed;
  Entry& entry = placed.entry;
  entry.kind = static_cast<EntryKind>(layout.kind);
  const bool is_root = index == 0;
  const bool fits = is_root ? entry.kind == EntryKind::kRoot
                            : entry.kind == EntryKind::kStorage || entry.kind == EntryKind::kStream;
  if (!fits) return Malformed(index, fmt::format("it is of kind {} there", layout.kind));
  // Nobody looks the root up by its name, and not every writer gives it one.
  if (!is_root) entry.name = TRY(ReadName(layout, index));
  entry.class_id = layout.class_id;
  entry.state_bits = layout.state_bits;
  entry.created = layout.created;
  entry.modified = layout.modified;
  entry.size_field = layout.size_low;
  placed.first_sector = layout.first_sector;
  if (entry.kind == EntryKind::kStorage) return placed;
  placed.size = layout.size_low;
  // Version 3 has no streams of that size, and writers that leave rubbish in the upper half.
  if (major_version > 3) placed.size |= uint64_t{layout.size_high} << 32;
  return placed;
}

// The order in which a signature digests them: unit by unit, low byte first.
bool ComesBefore(std::u16string_view left, std::u16string_view right) {
  const auto swapped = [](char16_t unit) {
    return static_cast<uint16_t>(uint32_t{unit} << 8 | uint32_t{unit} >> 8);
  };
  return std::ranges::lexicographical_compare(left, right, {}, swapped, swapped);
}

std::u16string UpperCased(std::u16string name) {
  std::ranges::transform(name, name.begin(), [](char16_t unit) { return UpperCase(unit); });
  return name;
}

class TreeWalk {
 public:
  TreeWalk(const ByteSource& directory, uint16_t major_version)
      : directory_(directory),
        major_version_(major_version),
        count_(static_cast<uint32_t>(directory.size() / kDirectoryEntryBytes)),
        visited_(count_) {}

  Result<std::vector<PlacedEntry>> Run() {
    const EntryLayout root = TRY(Visit(0));
    entries_.push_back(TRY(ReadEntry(root, 0, major_version_)));
    storages_.push_back({.entry = 0, .tree = root.child, .depth = 0});
    for (size_t i = 0; i < storages_.size(); ++i) TRY_VOID(ReadChildren(storages_[i]));
    return std::move(entries_);
  }

 private:
  struct Storage {
    uint32_t entry;  // an index into entries_
    uint32_t tree;   // an index into the directory
    size_t depth;
  };

  Result<EntryLayout> Visit(uint32_t index) {
    if (index >= count_) return Malformed(index, fmt::format("there are {}", count_));
    if (visited_[index]) return Malformed(index, "reached twice; the tree loops");
    visited_[index] = true;
    std::array<uint8_t, sizeof(EntryLayout)> bytes = {};
    TRY_VOID(directory_.ReadAt(uint64_t{index} * kDirectoryEntryBytes, bytes));
    return ByteReader(bytes, "directory entry").Read<EntryLayout>();
  }

  // By value: the list of storages grows meanwhile.
  Result<void> ReadChildren(Storage storage) {
    std::vector<uint32_t> children;
    std::vector<uint32_t> to_visit = {storage.tree};
    while (!to_visit.empty()) {
      const uint32_t index = to_visit.back();
      to_visit.pop_back();
      if (index == kNoEntry) continue;
      const EntryLayout layout = TRY(Visit(index));
      children.push_back(static_cast<uint32_t>(entries_.size()));
      entries_.push_back(TRY(ReadEntry(layout, index, major_version_)));
      if (entries_.back().entry.kind == EntryKind::kStorage) {
        TRY_VOID(AddStorage(layout, index, storage.depth + 1));
      }
      to_visit.push_back(layout.left);
      to_visit.push_back(layout.right);
    }
    TRY_VOID(CheckNames(children));
    std::ranges::sort(children, ComesBefore, [this](uint32_t child) -> const std::u16string& {
      return entries_[child].entry.name;
    });
    entries_[storage.entry].entry.children = std::move(children);
    return {};
  }

  Result<void> AddStorage(const EntryLayout& layout, uint32_t index, size_t depth) {
    if (depth > kMaxStorageDepth) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("compound file, directory entry {}: storages nest deeper than {}",
                              index, kMaxStorageDepth));
    }
    storages_.push_back({static_cast<uint32_t>(entries_.size() - 1), layout.child, depth});
    return {};
  }

  // Of two children of one name, nobody could say which one a reader finds.
  Result<void> CheckNames(const std::vector<uint32_t>& children) const {
    std::vector<std::u16string> names;
    names.reserve(children.size());
    for (const uint32_t child : children) names.push_back(UpperCased(entries_[child].entry.name));
    std::ranges::sort(names);
    if (std::ranges::adjacent_find(names) == names.end()) return {};
    return Fail(ErrorCode::kMalformed, "compound file: two entries of a storage have one name");
  }

  const ByteSource& directory_;
  uint16_t major_version_;
  uint32_t count_;
  std::vector<bool> visited_;
  std::vector<PlacedEntry> entries_;
  std::vector<Storage> storages_;
};

}  // namespace

Result<std::vector<PlacedEntry>> ReadDirectory(const ByteSource& directory,
                                               uint16_t major_version) {
  return TreeWalk(directory, major_version).Run();
}

}  // namespace portcullis::cfb
