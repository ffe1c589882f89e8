// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/zip_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace portcullis::zip {
namespace {

constexpr std::string_view kLocalMagic = "PK\x03\x04";
constexpr std::string_view kEndMagic = "PK\x05\x06";
constexpr uint32_t kEntrySignature = 0x02014B50;
constexpr uint64_t kMaxComment = 0xFFFF;

struct EndRecord {
  le32 signature;
  std::array<uint8_t, 8> disk_numbers_and_counts;
  le32 directory_size;
  le32 directory_offset;
  le16 comment_length;
};
static_assert(sizeof(EndRecord) == 22);

struct EntryHeader {
  le32 signature;
  std::array<uint8_t, 24> skipped;
  le16 name_length;
  le16 extra_length;
  le16 comment_length;
  std::array<uint8_t, 12> skipped_too;
};
static_assert(sizeof(EntryHeader) == 46);

Result<EndRecord> FindEnd(const ByteSource& source) {
  const uint64_t size = std::min(source.size(), sizeof(EndRecord) + kMaxComment);
  const auto tail = TRY(source.Copy(source.size() - size, size, size));
  const std::string_view text = AsText(tail);
  for (size_t at = text.rfind(kEndMagic); at != std::string_view::npos && at <= text.size();
       at = at == 0 ? std::string_view::npos : text.rfind(kEndMagic, at - 1)) {
    ByteReader reader(Bytes(tail).subspan(at), "ZIP", source.size() - size + at);
    const auto record = reader.Read<EndRecord>();
    if (record && record->comment_length == reader.remaining()) return *record;
  }
  return Fail(ErrorCode::kMalformed, "ZIP: no end-of-central-directory record at its end");
}

}  // namespace

bool IsZip(Bytes head) { return AsText(head).substr(0, kLocalMagic.size()) == kLocalMagic; }

Result<bool> HoldsAnyOf(const ByteSource& source, std::span<const std::string_view> names) {
  const EndRecord end = TRY(FindEnd(source));
  if (end.directory_offset == 0xFFFF'FFFF) {
    return Fail(ErrorCode::kUnsupported, "ZIP: the directory is in ZIP64 form");
  }
  const auto directory =
      TRY(source.Copy(end.directory_offset, end.directory_size, kMaxDirectoryBytes));
  ByteReader reader(directory, "ZIP directory", end.directory_offset);
  while (!reader.empty()) {
    const auto entry = TRY(reader.Read<EntryHeader>());
    if (entry.signature != kEntrySignature) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("ZIP directory, offset {}: no entry begins here", reader.offset()));
    }
    const std::string_view name = AsText(TRY(reader.ReadBytes(entry.name_length)));
    if (std::ranges::find(names, name) != names.end()) return true;
    TRY_VOID(reader.Skip(uint64_t{entry.extra_length} + entry.comment_length));
  }
  return false;
}

}  // namespace portcullis::zip
