// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/key_table.h"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace portcullis::applocker {
namespace {

constexpr size_t kFilterBitsPerKey = 16;
// Homes a key, at least: probes stay short, and a table of 100 000 keys stays below 4 MB.
constexpr size_t kHomesPerKey = 2;

// The shift that leaves as many high bits of a key as count up to a power of two >= `size`, and at
// least one, for a shift by 64 is undefined.
unsigned ShiftFor(size_t size) {
  return 64U - static_cast<unsigned>(std::bit_width(std::max<size_t>(size, 2) - 1));
}

size_t CountKeys(std::span<const KeyTable::Entry> sorted) {
  size_t keys = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || sorted[i].key != sorted[i - 1].key) ++keys;
  }
  return keys;
}

}  // namespace

uint32_t KeyTable::AddValues(std::span<const Entry> same_key) {
  if (same_key.size() == 1) return same_key.front().value;
  const auto begin = static_cast<uint32_t>(lists_.size());
  lists_.push_back(static_cast<uint32_t>(same_key.size()));
  for (const Entry& entry : same_key) lists_.push_back(entry.value);
  return kList | begin;
}

KeyTable::KeyTable(std::vector<Entry> entries) {
  if (entries.empty()) return;
  std::ranges::sort(entries, {},
                    [](const Entry& entry) { return std::tuple(entry.key, entry.value); });
  const size_t keys = CountKeys(entries);
  filter_shift_ = ShiftFor(keys * kFilterBitsPerKey / 64);
  std::vector<uint64_t> filter(size_t{1} << (64U - filter_shift_), 0);
  slot_shift_ = ShiftFor(keys * kHomesPerKey);
  std::vector<Slot> slots(size_t{1} << (64U - slot_shift_), Slot{});

  // In the order of their keys, and so of their homes, each takes the first free place from there.
  size_t next_free = 0;
  for (size_t i = 0; i < entries.size();) {
    const uint64_t key = entries[i].key;
    size_t end = i;
    while (end < entries.size() && entries[end].key == key) ++end;
    const size_t at = std::max<size_t>(key >> slot_shift_, next_free);
    if (at >= slots.size()) slots.resize(at + 1);
    slots[at] = {static_cast<uint32_t>(key), AddValues(std::span(entries).subspan(i, end - i))};
    filter[key >> filter_shift_] |= BitsOf(key);
    next_free = at + 1;
    i = end;
  }
  slots.resize(std::max(slots.size(), next_free + 1));  // the last probe ends at an empty one
  filter_ = PodTable(std::move(filter));
  slots_ = PodTable(std::move(slots));
  lists_.Finish();
}

void KeyTable::Write(TableWriter& writer) const {
  writer.Number(filter_shift_);
  writer.Number(slot_shift_);
  writer.Table(filter_);
  writer.Table(slots_);
  writer.Table(lists_);
}

KeyTable KeyTable::Read(TableReader& reader, uint32_t end) {
  KeyTable table;
  table.filter_shift_ = reader.NumberUpTo(63, "a key table's filter has an impossible shift");
  table.slot_shift_ = reader.NumberUpTo(63, "a key table's slots have an impossible shift");
  reader.Table(table.filter_);
  reader.Table(table.slots_);
  reader.Table(table.lists_);
  if (reader.ok()) table.CheckSizes(reader);
  if (reader.ok()) table.CheckSlots(reader, end);
  return table;
}

// The first place of every key is in the tables, and every probe ends.
void KeyTable::CheckSizes(TableReader& reader) const {
  if (slots_.empty()) {
    const bool is_default = filter_shift_ == KeyTable().filter_shift_ &&
                            slot_shift_ == KeyTable().slot_shift_ && filter_.empty();
    reader.Expect(is_default && lists_.empty(), "a key table without slots holds something");
    return;
  }
  reader.Expect(filter_shift_ >= 32 && filter_.size() == size_t{1} << (64U - filter_shift_),
                "a key table's filter has not the size of its shift");
  reader.Expect(slot_shift_ >= 32 && slots_.size() >= size_t{1} << (64U - slot_shift_),
                "a key table has fewer slots than keys have homes");
  reader.Expect(slots_.back().value == kEmpty, "the last slot of a key table is taken");
}

// Lists stand one behind the other in the order of their slots, so none is counted twice. The
// common slots are looked at without a branch: half a million are to be looked at in a moment.
void KeyTable::CheckSlots(TableReader& reader, uint32_t end) const {
  bool is_single_wrong = false;
  size_t next_list = 0;
  for (const Slot& slot : slots_) {
    is_single_wrong |= static_cast<int32_t>(slot.value) >= 0 && slot.value >= end;
    if (slot.value > kList - 1 && slot.value != kEmpty) {
      reader.Expect((slot.value & ~kList) == next_list,
                    "a list of a key table is not where the one before it ends");
      if (!reader.ok()) return;
      next_list = CheckList(reader, next_list, end);
    }
  }
  reader.Expect(!is_single_wrong, "a value of a key table is out of range");
  reader.Expect(next_list == lists_.size(), "a key table has values in no list");
}

// Where the next list begins.
size_t KeyTable::CheckList(TableReader& reader, size_t begin, uint32_t end) const {
  const bool has_room = begin < lists_.size() && lists_[begin] <= lists_.size() - begin - 1;
  reader.Expect(has_room && lists_[begin] >= 2, "a list of a key table goes past the end");
  if (!reader.ok()) return begin;
  uint32_t largest = 0;
  for (const uint32_t value : ListAt(begin)) largest = std::max(largest, value);
  reader.Expect(largest < end, "a value of a key table is out of range");
  return begin + 1 + lists_[begin];
}

size_t KeyTable::size_bytes() const {
  return filter_.size_bytes() + slots_.size_bytes() + lists_.size_bytes();
}

}  // namespace portcullis::applocker
