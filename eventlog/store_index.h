// SPDX-License-Identifier: Apache-2.0
// What questions look at before they look at events.
//
// Shape:   a block holds an entry of kIndexEntryBytes for each of up to kIndexedEvents events that
//          follow one another, and fills one page. A question reads the blocks one after the other
//          (18 bytes an event) and then only the events whose entry may be one that it asks for. So
//          each question costs the same, whatever it asks for and however the events are spread,
//          writing costs the same whatever is written, and the oldest events go page by page; an
//          ordinary index of paths has a page to change for each event of another file.
//          An entry: u32 hash of the path, u32 hash of the request id, u32 account, u32 second of
//          the last time, u16 id; little-endian.
// Errors:  Load: kMalformed. An entry only ever says "may be": who asks compares the event.
// Threads: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/result.h"
#include "eventlog/event.h"
#include "eventlog/sqlite.h"

namespace portcullis::eventlog {

inline constexpr size_t kIndexEntryBytes = 18;
inline constexpr size_t kIndexedEvents = 450;

struct IndexEntry {
  uint32_t path = 0;
  uint32_t request_id = 0;
  uint32_t account = 0;
  uint32_t last_second = 0;
  uint16_t id = 0;
};

// Stays the same from version to version: it is stored.
uint32_t IndexHash(std::string_view text);
uint32_t IndexSecond(int64_t time_ns);
IndexEntry IndexEntryOf(const Event& event, uint32_t account);

// The entries of a block where they stand, which must outlive it.
class IndexEntries {
 public:
  // Of a row: first, earliest_ns, latest_ns, entries.
  static Result<IndexEntries> Load(const Statement& row);

  uint64_t first() const { return first_; }
  size_t size() const { return bytes_.size() / kIndexEntryBytes; }
  std::string_view bytes() const { return bytes_; }
  // A question looks at a million of them.
  IndexEntry At(size_t place) const {
    const char* const from = bytes_.data() + place * kIndexEntryBytes;
    IndexEntry entry;
    std::memcpy(&entry.path, from, sizeof(entry.path));
    std::memcpy(&entry.request_id, from + 4, sizeof(entry.request_id));
    std::memcpy(&entry.account, from + 8, sizeof(entry.account));
    std::memcpy(&entry.last_second, from + 12, sizeof(entry.last_second));
    std::memcpy(&entry.id, from + 16, sizeof(entry.id));
    return entry;
  }

 private:
  friend class IndexBlock;
  IndexEntries(uint64_t first, std::string_view bytes) : first_(first), bytes_(bytes) {}

  uint64_t first_;
  std::string_view bytes_;
};

// A block that is being written.
class IndexBlock {
 public:
  IndexBlock() = default;
  explicit IndexBlock(uint64_t first) : first_(first) {}
  // Of a row: first, earliest_ns, latest_ns, entries.
  static Result<IndexBlock> Load(const Statement& row);

  uint64_t first() const { return first_; }
  size_t size() const { return bytes_.size() / kIndexEntryBytes; }
  uint64_t end() const { return first_ + size(); }  // the number after its last event's
  bool full() const { return size() == kIndexedEvents; }
  std::string_view bytes() const { return bytes_; }

  void Append(const IndexEntry& entry);
  // An event of this block happened again.
  void SeenAgain(uint64_t sequence, int64_t time_ns);

  // The times of all its events.
  int64_t earliest_ns = INT64_MAX;
  int64_t latest_ns = INT64_MIN;

 private:
  uint64_t first_ = 1;
  std::string bytes_;
};

}  // namespace portcullis::eventlog
