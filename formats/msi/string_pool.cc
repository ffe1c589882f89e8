// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/string_pool.h"

#include <fmt/core.h>

#include <limits>

#include "formats/msi/code_page.h"
#include "formats/msi/stream_name.h"

namespace portcullis::msi {
namespace {

// Two for each string: one of 64 KiB or more takes a second.
constexpr uint64_t kMaxPoolBytes = (2 * kMaxStrings + 1) * sizeof(le32);
constexpr uint32_t kLongReferences = 0x8000'0000;

struct PoolEntry {
  le16 size;
  le16 uses;
};

Result<const cfb::Entry*> FindStream(const cfb::CompoundFile& file, std::string_view table) {
  const cfb::Entry* entry = file.Find(file.root(), TableStreamName(table));
  if (entry != nullptr && entry->kind == cfb::EntryKind::kStream) return entry;
  return Fail(ErrorCode::kNotFound, fmt::format("installer database: no stream {}", table));
}

}  // namespace

Result<StringPool> StringPool::Read(const cfb::CompoundFile& file) {
  const cfb::Stream pool = file.Open(*TRY(FindStream(file, "_StringPool")));
  StringPool strings(file.Open(*TRY(FindStream(file, "_StringData"))));
  if (strings.data_.size() > std::numeric_limits<uint32_t>::max()) {
    return Fail(ErrorCode::kLimitExceeded, "installer database: over 4 GiB of strings");
  }
  TRY_VOID(strings.FindPlaces(TRY(pool.Copy(0, pool.size(), kMaxPoolBytes))));
  return strings;
}

Result<void> StringPool::FindPlaces(Bytes pool) {
  ByteReader reader(pool, "installer database, _StringPool");
  const uint32_t head = TRY(reader.Read<le32>());
  code_page_ = head & ~kLongReferences;
  reference_size_ = (head & kLongReferences) != 0 ? 3 : 2;
  uint64_t offset = 0;
  while (reader.remaining() >= sizeof(PoolEntry)) {
    const auto entry = TRY(reader.Read<PoolEntry>());
    uint64_t size = entry.size;
    // No text is used: the entry says that the length takes 32 bits and stands behind it.
    if (size == 0 && entry.uses != 0) size = TRY(reader.Read<le32>());
    if (size > data_.size() - offset) {
      return Fail(ErrorCode::kTruncated,
                  fmt::format("installer database, string {}: {} bytes at offset {} pass the end "
                              "of the strings at {}",
                              places_.size() + 1, size, offset, data_.size()));
    }
    if (places_.size() == kMaxStrings) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("installer database: over {} strings", kMaxStrings));
    }
    places_.push_back({static_cast<uint32_t>(offset), static_cast<uint32_t>(size)});
    offset += size;
  }
  return {};
}

Result<StringPool::Place> StringPool::Find(uint32_t number) const {
  if (number == 0) return Place{};
  if (number <= places_.size()) return places_[number - 1];
  return Fail(ErrorCode::kMalformed,
              fmt::format("installer database, string {}: there are {}", number, places_.size()));
}

Result<std::string> StringPool::Text(uint32_t number) const {
  const Place place = TRY(Find(number));
  return DecodeText(TRY(data_.Copy(place.offset, place.size, kMaxStringBytes)), code_page_);
}

Result<bool> StringPool::Is(uint32_t number, std::string_view ascii) const {
  const Place place = TRY(Find(number));
  if (place.size != ascii.size()) return false;
  return AsText(TRY(data_.Copy(place.offset, place.size, ascii.size()))) == ascii;
}

}  // namespace portcullis::msi
