// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/directory.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "formats/zip/records.h"

namespace portcullis::zip {
namespace {

constexpr std::string_view kLocalMagic = "PK\x03\x04";
constexpr std::string_view kEndMagic = "PK\x05\x06";
constexpr uint64_t kMaxComment = 0xFFFF;
constexpr uint16_t kFlagEncrypted = 1;
constexpr uint16_t kFlagStrongEncryption = 1 << 6;
constexpr uint16_t kFlagMaskedHeaders = 1 << 13;

Unexpected Malformed(std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("ZIP: {}", what));
}

struct End {
  EndRecord record;
  uint64_t offset = 0;
};

// A mark counts when the comment behind its record fills the file exactly. Two of these are two
// archives in one, and readers differ in which they open.
Result<End> FindEnd(const ByteSource& source) {
  const uint64_t size = std::min(source.size(), sizeof(EndRecord) + kMaxComment);
  const auto tail = TRY(source.Copy(source.size() - size, size, size));
  const std::string_view text = AsText(tail);
  std::optional<End> found;
  for (size_t at = text.find(kEndMagic); at != std::string_view::npos;
       at = text.find(kEndMagic, at + 1)) {
    ByteReader reader(Bytes(tail).subspan(at), "ZIP", source.size() - size + at);
    const uint64_t offset = reader.offset();
    const auto record = reader.Read<EndRecord>();
    if (!record || record->comment_length != reader.remaining()) continue;
    if (found) return Malformed("two end records, of which one stands in the other's comment");
    found = {*record, offset};
  }
  if (!found) return Malformed("no end-of-central-directory record at its end");
  return *found;
}

// Where the directory is, by whichever records there are.
struct Place {
  Directory::Extent directory;
  uint64_t end_offset = 0;  // the first of the end records
  bool is_zip64 = false;
};

// The short record may leave a field to the long one, not contradict it.
template <typename Narrow>
bool Agrees(Narrow narrow, uint64_t wide, uint64_t elsewhere) {
  return narrow.value() == elsewhere || narrow.value() == wide;
}

Result<Place> ReadZip64(const ByteSource& source, const End& end, const Locator& locator) {
  const uint64_t locator_offset = end.offset - sizeof(Locator);
  if (locator.disk != 0 || locator.disks > 1) {
    return Fail(ErrorCode::kUnsupported, "ZIP: it is spread over several disks");
  }
  if (locator_offset < sizeof(End64Record) ||
      locator.end64_offset != locator_offset - sizeof(End64Record)) {
    return Malformed("the ZIP64 end record does not stand before its locator");
  }
  const auto bytes =
      TRY(source.Copy(locator.end64_offset, sizeof(End64Record), sizeof(End64Record)));
  const auto wide = TRY(ByteReader(bytes, "ZIP64").Read<End64Record>());
  if (wide.signature != kEnd64Signature || wide.size != kEnd64Size) {
    return Malformed("its locator leads to no ZIP64 end record of 56 bytes");
  }
  const EndRecord& narrow = end.record;
  if (wide.disk != 0 || wide.directory_disk != 0 || wide.disk_count != wide.count) {
    return Fail(ErrorCode::kUnsupported, "ZIP: it is spread over several disks");
  }
  if (!Agrees(narrow.count, wide.count, kElsewhere16) ||
      !Agrees(narrow.disk_count, wide.count, kElsewhere16) ||
      !Agrees(narrow.disk, 0, kElsewhere16) || !Agrees(narrow.directory_disk, 0, kElsewhere16) ||
      !Agrees(narrow.directory_size, wide.directory_size, kElsewhere32) ||
      !Agrees(narrow.directory_offset, wide.directory_offset, kElsewhere32)) {
    return Malformed("its two end records name two central directories");
  }
  return Place{
      {wide.directory_offset, wide.directory_size, wide.count}, locator.end64_offset, true};
}

Result<Place> FindDirectory(const ByteSource& source, const End& end) {
  if (end.offset >= sizeof(Locator)) {
    const auto bytes =
        TRY(source.Copy(end.offset - sizeof(Locator), sizeof(Locator), sizeof(Locator)));
    const auto locator = TRY(ByteReader(bytes, "ZIP64").Read<Locator>());
    if (locator.signature == kLocatorSignature) return ReadZip64(source, end, locator);
  }
  const EndRecord& record = end.record;
  if (record.count == kElsewhere16 || record.directory_size == kElsewhere32 ||
      record.directory_offset == kElsewhere32) {
    return Malformed("its end record names a ZIP64 record that is not there");
  }
  if (record.disk != 0 || record.directory_disk != 0 || record.disk_count != record.count) {
    return Fail(ErrorCode::kUnsupported, "ZIP: it is spread over several disks");
  }
  return Place{{record.directory_offset, record.directory_size, record.count}, end.offset, false};
}

Result<void> CheckPlace(const Place& place) {
  const Directory::Extent& directory = place.directory;
  if (directory.size > kMaxDirectoryBytes || directory.count > kMaxEntries) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("ZIP: {} entries in a directory of {} bytes, at most {} and {}",
                            directory.count, directory.size, kMaxEntries, kMaxDirectoryBytes));
  }
  if (directory.offset > place.end_offset ||
      directory.size != place.end_offset - directory.offset) {
    return Malformed(
        fmt::format("its directory ({} bytes at {}) does not end where the end "
                    "records begin, at {}",
                    directory.size, directory.offset, place.end_offset));
  }
  return {};
}

Result<Entry> ReadEntry(ByteReader& reader, Bytes directory) {
  const size_t start = reader.position();
  const auto header = TRY(reader.Read<EntryHeader>());
  if (header.signature != kEntrySignature) {
    return Fail(ErrorCode::kMalformed, fmt::format("ZIP directory, offset {}: no entry begins here",
                                                   reader.offset() - sizeof(EntryHeader)));
  }
  if ((header.flags & (kFlagEncrypted | kFlagStrongEncryption | kFlagMaskedHeaders)) != 0) {
    return Fail(ErrorCode::kUnsupported, "ZIP: an entry is encrypted");
  }
  Entry entry;
  entry.name = AsText(TRY(reader.ReadBytes(header.name_length)));
  Extents extents{header.size, header.packed_size, header.local_offset};
  TRY_VOID(ReadZip64Extra(TRY(reader.ReadBytes(header.extra_length)), extents));
  TRY_VOID(reader.Skip(header.comment_length));
  entry.flags = header.flags;
  entry.method = header.method;
  entry.crc32 = header.crc32;
  entry.packed_size = extents.packed_size;
  entry.size = extents.size;
  entry.local_offset = *extents.offset;
  entry.record = directory.subspan(start, reader.position() - start);
  return entry;
}

char Folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Folded, Folded);
}

template <typename T>
void Overwrite(std::vector<uint8_t>& bytes, size_t offset, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i));
  }
}

// A field that leaves the value to the ZIP64 record goes on doing so.
template <typename T>
void OverwriteNarrow(std::vector<uint8_t>& bytes, size_t offset, uint64_t value) {
  const auto field = Bytes(bytes).subspan(offset, sizeof(T));
  if (std::ranges::all_of(field, [](uint8_t byte) { return byte == 0xFF; })) return;
  Overwrite(bytes, offset, static_cast<T>(value));
}

}  // namespace

bool IsZip(Bytes head) { return AsText(head).substr(0, kLocalMagic.size()) == kLocalMagic; }

Result<Directory> Directory::Read(const ByteSource& source) {
  const End end = TRY(FindEnd(source));
  const Place place = TRY(FindDirectory(source, end));
  TRY_VOID(CheckPlace(place));
  Directory directory;
  directory.offset_ = place.directory.offset;
  directory.is_zip64_ = place.is_zip64;
  directory.bytes_ =
      TRY(source.Copy(place.directory.offset, place.directory.size, kMaxDirectoryBytes));
  const uint64_t end_size = source.size() - place.end_offset;
  directory.end_ = TRY(source.Copy(place.end_offset, end_size, end_size));
  ByteReader reader(directory.bytes_, "ZIP directory", directory.offset_);
  while (!reader.empty()) {
    if (directory.entries_.size() == place.directory.count) break;
    directory.entries_.push_back(TRY(ReadEntry(reader, directory.bytes_)));
  }
  if (!reader.empty() || directory.entries_.size() != place.directory.count) {
    return Malformed(fmt::format("its directory does not hold the {} entries that its end says",
                                 place.directory.count));
  }
  return directory;
}

const Entry* Directory::Find(std::string_view name) const {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return SameName(entry.name, name); });
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<uint8_t> Directory::EndRecordsOf(const Extent& extent) const {
  std::vector<uint8_t> end = end_;
  size_t record = 0;
  if (is_zip64_) {
    Overwrite(end, offsetof(End64Record, disk_count), extent.count);
    Overwrite(end, offsetof(End64Record, count), extent.count);
    Overwrite(end, offsetof(End64Record, directory_size), extent.size);
    Overwrite(end, offsetof(End64Record, directory_offset), extent.offset);
    Overwrite(end, sizeof(End64Record) + offsetof(Locator, end64_offset),
              extent.offset + extent.size);
    record = sizeof(End64Record) + sizeof(Locator);
  }
  OverwriteNarrow<uint16_t>(end, record + offsetof(EndRecord, disk_count), extent.count);
  OverwriteNarrow<uint16_t>(end, record + offsetof(EndRecord, count), extent.count);
  OverwriteNarrow<uint32_t>(end, record + offsetof(EndRecord, directory_size), extent.size);
  OverwriteNarrow<uint32_t>(end, record + offsetof(EndRecord, directory_offset), extent.offset);
  return end;
}

Result<bool> HoldsAnyOf(const ByteSource& source, std::span<const std::string_view> names) {
  const Directory directory = TRY(Directory::Read(source));
  return std::ranges::any_of(directory.entries(), [&](const Entry& entry) {
    return std::ranges::find(names, entry.name) != names.end();
  });
}

}  // namespace portcullis::zip
