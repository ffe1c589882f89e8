// SPDX-License-Identifier: Apache-2.0
#include "formats/pe/resource_tree.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"

namespace portcullis::pe {
namespace {

constexpr uint32_t kVersionType = 16;
constexpr uint32_t kVersionName = 1;
constexpr std::array<uint32_t, 2> kPreferredLanguages = {0x0000, 0x0409};
constexpr uint32_t kIsDirectory = 0x8000'0000;
constexpr uint32_t kIsNamed = 0x8000'0000;

struct DirectoryHeader {
  le32 characteristics;
  le32 time_date_stamp;
  le16 major_version;
  le16 minor_version;
  le16 number_of_named_entries;
  le16 number_of_id_entries;
};
static_assert(sizeof(DirectoryHeader) == 16);

struct DirectoryEntry {
  le32 name_or_id;
  le32 offset;
};

struct DataEntry {
  le32 rva;
  le32 size;
  le32 code_page;
  le32 reserved;
};

struct Entry {
  uint32_t id = 0;
  uint32_t offset = 0;
};

class ResourceTree {
 public:
  ResourceTree(const ByteSource& source, FileRange range) : source_(source), range_(range) {}

  // The numbered entries of the directory at `offset` from the tree's start.
  Result<std::vector<Entry>> ReadDirectory(uint32_t offset) {
    if (std::ranges::find(visited_, offset) != visited_.end()) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("PE resource tree: the directory at offset {} is reached twice",
                              range_.offset + offset));
    }
    visited_.push_back(offset);
    const auto header = TRY(Read<DirectoryHeader>(offset));
    const size_t count =
        size_t{header.number_of_named_entries} + size_t{header.number_of_id_entries};
    if (count > kMaxResourceEntries) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("PE resource tree, offset {}: {} entries, at most {} are read",
                              range_.offset + offset, count, kMaxResourceEntries));
    }
    const auto table = TRY(ReadTable(uint64_t{offset} + sizeof(header), count));
    std::vector<Entry> entries;
    ByteReader reader(table, "PE resource directory");
    while (!reader.empty()) {
      const auto entry = TRY(reader.Read<DirectoryEntry>());
      if ((entry.name_or_id & kIsNamed) != 0) continue;
      entries.push_back({entry.name_or_id, entry.offset});
    }
    return entries;
  }

  template <typename T>
  Result<T> Read(uint64_t offset) const {
    T value;
    if (offset > range_.size || sizeof(T) > range_.size - offset) {
      return Fail(ErrorCode::kTruncated,
                  fmt::format("PE resource tree: offset {} passes its end at {}",
                              range_.offset + offset, range_.offset + range_.size));
    }
    TRY_VOID(
        source_.ReadAt(range_.offset + offset, {reinterpret_cast<uint8_t*>(&value), sizeof(T)}));
    return value;
  }

 private:
  Result<std::vector<uint8_t>> ReadTable(uint64_t offset, size_t count) const {
    const uint64_t size = count * sizeof(DirectoryEntry);
    if (offset > range_.size || size > range_.size - offset) {
      return Fail(ErrorCode::kTruncated,
                  fmt::format("PE resource tree, offset {}: {} entries pass its end at {}",
                              range_.offset + offset, count, range_.offset + range_.size));
    }
    return source_.Copy(range_.offset + offset, size, size);
  }

  const ByteSource& source_;
  FileRange range_;
  std::vector<uint32_t> visited_;
};

// The entry's own offset, if it points at a directory.
Result<uint32_t> Subdirectory(uint32_t offset, std::string_view level) {
  if ((offset & kIsDirectory) == 0) {
    return Fail(
        ErrorCode::kMalformed,
        fmt::format("PE resource tree: the version resource's {} entry is not a directory", level));
  }
  return offset & ~kIsDirectory;
}

std::optional<uint32_t> FindId(const std::vector<Entry>& entries, uint32_t id) {
  const auto found = std::ranges::find(entries, id, &Entry::id);
  if (found == entries.end()) return std::nullopt;
  return found->offset;
}

uint32_t ChooseLanguage(const std::vector<Entry>& entries) {
  for (const uint32_t language : kPreferredLanguages) {
    if (const auto offset = FindId(entries, language)) return *offset;
  }
  return entries.front().offset;
}

// The tree ends where its section does; the directory's own size is not relied upon by loaders.
std::optional<FileRange> TreeRange(const PeFile& pe) {
  const DataDirectory& directory = pe.directory(DirectoryIndex::kResource);
  if (directory.address == 0) return std::nullopt;
  for (const Section& section : pe.sections) {
    if (directory.address < section.virtual_address) continue;
    const uint64_t delta = directory.address - section.virtual_address;
    if (delta >= section.raw_size) continue;
    return FileRange{section.raw_offset + delta, section.raw_size - delta};
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<FileRange>> FindVersionResource(const ByteSource& source, const PeFile& pe) {
  const std::optional<FileRange> range = TreeRange(pe);
  if (!range) return std::nullopt;
  ResourceTree tree(source, *range);

  const auto types = TRY(tree.ReadDirectory(0));
  const auto type = FindId(types, kVersionType);
  if (!type) return std::nullopt;
  const auto names = TRY(tree.ReadDirectory(TRY(Subdirectory(*type, "type"))));
  const auto name = FindId(names, kVersionName);
  if (!name) return std::nullopt;
  const auto languages = TRY(tree.ReadDirectory(TRY(Subdirectory(*name, "name"))));
  if (languages.empty()) return std::nullopt;

  const uint32_t chosen = ChooseLanguage(languages);
  if ((chosen & kIsDirectory) != 0) {
    return Fail(ErrorCode::kMalformed,
                "PE resource tree: the version resource is deeper than three levels");
  }
  const auto data = TRY(tree.Read<DataEntry>(chosen));
  const auto offset = pe.OffsetOf(data.rva, data.size);
  if (!offset) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("PE resource tree: the version resource's {} bytes at rva {:#x} are in "
                            "no section",
                            data.size.value(), data.rva.value()));
  }
  return FileRange{*offset, data.size};
}

}  // namespace portcullis::pe
