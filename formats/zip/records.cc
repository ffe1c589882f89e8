// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/records.h"

namespace portcullis::zip {
namespace {

constexpr uint16_t kZip64Extra = 1;

// Padding that is too short for a field of its own is passed over, as every reader does.
constexpr size_t kFieldHeaderBytes = 4;

Result<Bytes> FindZip64Extra(Bytes extra) {
  ByteReader reader(extra, "ZIP extra fields");
  while (reader.remaining() >= kFieldHeaderBytes) {
    const auto id = TRY(reader.Read<le16>());
    const auto size = TRY(reader.Read<le16>());
    const Bytes field = TRY(reader.ReadBytes(size));
    if (id == kZip64Extra) return field;
  }
  return Fail(ErrorCode::kMalformed, "ZIP: an entry names a ZIP64 field that is not there");
}

}  // namespace

Result<void> ReadZip64Extra(Bytes extra, Extents& extents) {
  const bool needs_offset = extents.offset == kElsewhere32;
  if (extents.size != kElsewhere32 && extents.packed_size != kElsewhere32 && !needs_offset) {
    return {};
  }
  ByteReader field(TRY(FindZip64Extra(extra)), "ZIP64 field");
  if (extents.size == kElsewhere32) extents.size = TRY(field.Read<le64>());
  if (extents.packed_size == kElsewhere32) extents.packed_size = TRY(field.Read<le64>());
  if (needs_offset) extents.offset = TRY(field.Read<le64>()).value();
  return {};
}

}  // namespace portcullis::zip
