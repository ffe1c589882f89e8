// SPDX-License-Identifier: Apache-2.0
// A compound file: a small file system inside of one file, of storages and streams.
//
// Shape:   a header, sectors of 512 or 4096 bytes, an allocation table (FAT) that chains them, a
//          directory whose entries are a tree; small streams share one stream of 64-byte sectors.
//          Parse follows every chain of every entry that the tree reaches; what no tree reaches is
//          not looked at.
// Units:   bytes; names are UTF-16 units; times are left as they stand (100 ns since 1601).
// Limits:  kMaxSectors, kMaxDirectoryEntries, kMaxStorageDepth, kMaxExtents, kMaxMiniStreamBytes.
//          Time grows with the file's sectors; memory by a bit a sector and the limits.
// Errors:  kMalformed, kTruncated, kUnsupported, kLimitExceeded, each with the place; kIo.
// Lifetime: CompoundFile borrows the source; a stream borrows both.
// Threads: immutable once made.
// Source:  [MS-CFB]; docs/formats/cfb.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"
#include "base/bytes.h"
#include "base/result.h"
#include "formats/cfb/stream.h"

namespace portcullis::cfb {

inline constexpr uint64_t kMaxSectors = uint64_t{1} << 27;  // 64 GiB in sectors of 512 bytes
inline constexpr size_t kMaxDirectoryEntries = size_t{1} << 16;
inline constexpr size_t kMaxStorageDepth = 32;
inline constexpr size_t kMaxExtents = size_t{1} << 20;
inline constexpr uint64_t kMiniStreamCutoff = 4096;  // shorter streams stand in the mini stream
inline constexpr uint64_t kMaxMiniStreamBytes = kMaxDirectoryEntries * kMiniStreamCutoff;

enum class EntryKind : uint8_t { kStorage = 1, kStream = 2, kRoot = 5 };

struct Entry {
  EntryKind kind = EntryKind::kStream;
  std::u16string name;  // without the NUL at its end
  std::array<uint8_t, 16> class_id = {};
  uint32_t state_bits = 0;
  uint64_t created = 0;
  uint64_t modified = 0;
  uint32_t size_field = 0;         // of a stream: the low half of its size, as it stands
  ExtentList extents;              // of a stream: its content
  std::vector<uint32_t> children;  // of a storage: in the order of their names' bytes
};

// True for what begins as a compound file does.
bool IsCompoundFile(Bytes head);

class CompoundFile {
 public:
  static Result<CompoundFile> Parse(const ByteSource& source);

  const Entry& root() const { return entries_.front(); }
  const Entry& entry(uint32_t index) const { return entries_[index]; }
  // The entry of that very name in the storage; nullptr where there is none.
  const Entry* Find(const Entry& storage, std::u16string_view name) const;
  // What a stream holds. `stream` is an entry of this file.
  Stream Open(const Entry& stream) const { return {*source_, stream.extents}; }

 private:
  CompoundFile(const ByteSource& source, std::vector<Entry> entries)
      : source_(&source), entries_(std::move(entries)) {}

  const ByteSource* source_;
  std::vector<Entry> entries_;  // those that the tree reaches; the root is the first
};

}  // namespace portcullis::cfb
