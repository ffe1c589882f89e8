// SPDX-License-Identifier: Apache-2.0
#include "eventlog/store_index.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

namespace portcullis::eventlog {
namespace {

static_assert(std::endian::native == std::endian::little, "entries are copied as they stand");

constexpr size_t kLastSecondOffset = 12;

}  // namespace

// FNV-1a of 64 bits, folded.
uint32_t IndexHash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

uint32_t IndexSecond(int64_t time_ns) {
  return static_cast<uint32_t>(
      std::clamp<int64_t>(time_ns / 1'000'000'000, 0, std::numeric_limits<uint32_t>::max()));
}

IndexEntry IndexEntryOf(const Event& event, uint32_t account) {
  IndexEntry entry;
  if (event.decision) entry.path = IndexHash(event.decision->file.path);
  entry.request_id = IndexHash(event.request_id);
  entry.account = account;
  entry.last_second = IndexSecond(event.last_time_ns);
  entry.id = static_cast<uint16_t>(event.id);
  return entry;
}

Result<IndexEntries> IndexEntries::Load(const Statement& row) {
  const auto first = TRY(row.Number(0, INT64_MAX / 2));
  const auto bytes = TRY(row.Blob(3, kIndexedEvents * kIndexEntryBytes));
  if (!bytes.empty() && bytes.size() % kIndexEntryBytes == 0) return IndexEntries(first, bytes);
  return Fail(ErrorCode::kMalformed,
              fmt::format("event store: the index of event {} has {} bytes", first, bytes.size()));
}

Result<IndexBlock> IndexBlock::Load(const Statement& row) {
  const IndexEntries entries = TRY(IndexEntries::Load(row));
  IndexBlock block(entries.first());
  block.bytes_ = entries.bytes();
  block.earliest_ns = TRY(row.Integer(1));
  block.latest_ns = TRY(row.Integer(2));
  return block;
}

void IndexBlock::Append(const IndexEntry& entry) {
  const std::array<uint32_t, 4> words = {entry.path, entry.request_id, entry.account,
                                         entry.last_second};
  bytes_.append(reinterpret_cast<const char*>(words.data()), sizeof(words));
  bytes_.append(reinterpret_cast<const char*>(&entry.id), sizeof(entry.id));
}

void IndexBlock::SeenAgain(uint64_t sequence, int64_t time_ns) {
  latest_ns = std::max(latest_ns, time_ns);
  const auto place = static_cast<size_t>(sequence - first_);
  const uint32_t second =
      std::max(IndexEntries(first_, bytes_).At(place).last_second, IndexSecond(time_ns));
  std::memcpy(bytes_.data() + place * kIndexEntryBytes + kLastSecondOffset, &second,
              sizeof(second));
}

}  // namespace portcullis::eventlog
