// SPDX-License-Identifier: Apache-2.0
// The records of a ZIP file as they stand in it. For the .cc files of this folder.
//
// Source: PKWARE's APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::zip {

inline constexpr uint32_t kLocalSignature = 0x04034B50;
inline constexpr uint32_t kDescriptorSignature = 0x08074B50;
inline constexpr uint32_t kEntrySignature = 0x02014B50;
inline constexpr uint32_t kEnd64Signature = 0x06064B50;
inline constexpr uint32_t kLocatorSignature = 0x07064B50;

// Stand for "see the ZIP64 record".
inline constexpr uint16_t kElsewhere16 = 0xFFFF;
inline constexpr uint32_t kElsewhere32 = 0xFFFF'FFFF;

struct EndRecord {
  le32 signature;
  le16 disk;
  le16 directory_disk;
  le16 disk_count;
  le16 count;
  le32 directory_size;
  le32 directory_offset;
  le16 comment_length;
};
static_assert(sizeof(EndRecord) == 22);

struct End64Record {
  le32 signature;
  le64 size;  // of what follows this field
  le16 made_by;
  le16 needed;
  le32 disk;
  le32 directory_disk;
  le64 disk_count;
  le64 count;
  le64 directory_size;
  le64 directory_offset;
};
static_assert(sizeof(End64Record) == 56);
inline constexpr uint64_t kEnd64Size = sizeof(End64Record) - 12;

struct Locator {
  le32 signature;
  le32 disk;
  le64 end64_offset;
  le32 disks;
};
static_assert(sizeof(Locator) == 20);

struct EntryHeader {
  le32 signature;
  le16 made_by;
  le16 needed;
  le16 flags;
  le16 method;
  le32 time;
  le32 crc32;
  le32 packed_size;
  le32 size;
  le16 name_length;
  le16 extra_length;
  le16 comment_length;
  le16 disk;
  le16 internal_attributes;
  le32 external_attributes;
  le32 local_offset;
};
static_assert(sizeof(EntryHeader) == 46);

struct LocalHeader {
  le32 signature;
  le16 needed;
  le16 flags;
  le16 method;
  le32 time;
  le32 crc32;
  le32 packed_size;
  le32 size;
  le16 name_length;
  le16 extra_length;
};
static_assert(sizeof(LocalHeader) == 30);

// The fields that 32 bits may be too narrow for. `offset` is absent in local headers.
struct Extents {
  uint64_t size = 0;
  uint64_t packed_size = 0;
  std::optional<uint64_t> offset;
};
// Replaces the fields that say kElsewhere32 by those of the ZIP64 extra field; kMalformed where it
// is missing or too short, or where the extra fields do not fill `extra`.
Result<void> ReadZip64Extra(Bytes extra, Extents& extents);

}  // namespace portcullis::zip
