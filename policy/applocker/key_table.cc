// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/key_table.h"

#include <algorithm>
#include <bit>
#include <tuple>

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
  filter_.assign(size_t{1} << (64U - filter_shift_), 0);
  slot_shift_ = ShiftFor(keys * kHomesPerKey);
  slots_.assign(size_t{1} << (64U - slot_shift_), Slot{});

  // In the order of their keys, and so of their homes, each takes the first free place from there.
  size_t next_free = 0;
  for (size_t i = 0; i < entries.size();) {
    const uint64_t key = entries[i].key;
    size_t end = i;
    while (end < entries.size() && entries[end].key == key) ++end;
    const size_t at = std::max<size_t>(key >> slot_shift_, next_free);
    if (at >= slots_.size()) slots_.resize(at + 1);
    slots_[at] = {static_cast<uint32_t>(key), AddValues(std::span(entries).subspan(i, end - i))};
    filter_[key >> filter_shift_] |= BitsOf(key);
    next_free = at + 1;
    i = end;
  }
  slots_.resize(std::max(slots_.size(), next_free + 1));  // the last probe ends at an empty one
  slots_.shrink_to_fit();
  lists_.shrink_to_fit();
}

size_t KeyTable::size_bytes() const {
  return filter_.size() * sizeof(uint64_t) + slots_.size() * sizeof(Slot) +
         lists_.size() * sizeof(uint32_t);
}

}  // namespace portcullis::applocker
