// SPDX-License-Identifier: Apache-2.0
// The directory of a compound file, taken apart. For the .cc files of this folder.
//
// Shape:   entries of 128 bytes; each storage names the root of a red-black tree of its children.
//          Colours and the order of the tree are not asked: every entry is visited anyway.
// Limits:  kMaxStorageDepth; each entry is visited once.
// Errors:  kMalformed for an entry that is reached twice (a tree that loops), does not exist, has
//          a name with NUL in it, or one that its storage has already.
// Source:  [MS-CFB] 2.6.
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/cfb/compound_file.h"

namespace portcullis::cfb {

inline constexpr size_t kDirectoryEntryBytes = 128;

// An entry, and where its content begins.
struct PlacedEntry {
  Entry entry;
  uint32_t first_sector = 0;
  uint64_t size = 0;
};

// The entries that the tree reaches; the root is the first, and `children` are indexes into this.
Result<std::vector<PlacedEntry>> ReadDirectory(const ByteSource& directory, uint16_t major_version);

}  // namespace portcullis::cfb
