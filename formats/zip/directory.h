// SPDX-License-Identifier: Apache-2.0
// The central directory of a ZIP file: which entries there are, and where.
//
// Shape:   the end records, found from the end of the file (with those of ZIP64 where they stand),
//          then the directory, which ends where they begin.
// Units:   offsets and sizes are bytes from the start of the file.
// Limits:  kMaxDirectoryBytes, kMaxEntries; a comment of at most 65 535 bytes, as the format has
// it. Errors:  kMalformed where two readers could take the file for two things: two end records, a
//          ZIP64 record that says something else, bytes between the directory and its end;
//          kTruncated, kLimitExceeded; kUnsupported for archives of several disks and encryption.
// Lifetime: a Directory owns its bytes; the entries view them and move along with it.
// Threads: a value that is only read. Source: PKWARE's APPNOTE 4.3.12 to 4.3.16 and 4.5.3;
//          docs/formats/zip.md.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::zip {

inline constexpr uint64_t kMaxDirectoryBytes = 16 << 20;
inline constexpr uint64_t kMaxEntries = 65'536;

inline constexpr uint16_t kStored = 0;
inline constexpr uint16_t kDeflated = 8;
// Sizes and checksum stand behind the content, in a data descriptor.
inline constexpr uint16_t kFlagDescriptor = 1 << 3;

bool IsZip(Bytes head);  // the first four bytes

struct Entry {
  std::string_view name;  // bytes as they stand in the file
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t crc32 = 0;
  uint64_t packed_size = 0;
  uint64_t size = 0;
  uint64_t local_offset = 0;  // of the entry's local header
  Bytes record;               // what the directory holds of it, a part of bytes()
};

class Directory {
 public:
  static Result<Directory> Read(const ByteSource& source);
  Directory(Directory&&) noexcept = default;
  Directory& operator=(Directory&&) noexcept = default;
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  std::span<const Entry> entries() const { return entries_; }
  // The first of this name, letters of ASCII compared without case; null where there is none.
  const Entry* Find(std::string_view name) const;

  uint64_t offset() const { return offset_; }
  Bytes bytes() const { return bytes_; }

  // The end records as they would stand behind a directory of this place, size and count.
  struct Extent {
    uint64_t offset = 0;
    uint64_t size = 0;
    uint64_t count = 0;
  };
  std::vector<uint8_t> EndRecordsOf(const Extent& extent) const;

 private:
  Directory() = default;

  uint64_t offset_ = 0;
  std::vector<uint8_t> bytes_;
  std::vector<Entry> entries_;
  std::vector<uint8_t> end_;  // from behind the directory to the end of the file
  bool is_zip64_ = false;
};

// True if the directory lists one of `names`, compared exactly.
Result<bool> HoldsAnyOf(const ByteSource& source, std::span<const std::string_view> names);

}  // namespace portcullis::zip
