// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/key_table.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace portcullis::applocker {
namespace {

constexpr size_t kFilterBitsPerKey = 16;
constexpr size_t kLongBucket = 8;

uint32_t Fingerprint(uint64_t key) { return static_cast<uint32_t>(key); }

// The shift that leaves as many high bits of a key as count up to a power of two >= `size`, and at
// least one, for a shift by 64 is undefined.
unsigned ShiftFor(size_t size) {
  return 64U - static_cast<unsigned>(std::bit_width(std::max<size_t>(size, 2) - 1));
}

}  // namespace

KeyTable::KeyTable(std::vector<Entry> entries) {
  if (entries.empty()) return;
  filter_shift_ = ShiftFor(entries.size() * kFilterBitsPerKey / 64);
  bucket_shift_ = ShiftFor(entries.size());
  filter_.assign(size_t{1} << (64U - filter_shift_), 0);
  starts_.assign((size_t{1} << (64U - bucket_shift_)) + 1, 0);

  const unsigned shift = bucket_shift_;
  std::ranges::sort(entries, {}, [shift](const Entry& entry) {
    return std::tuple(entry.key >> shift, Fingerprint(entry.key), entry.value);
  });
  slots_.reserve(entries.size());
  for (const Entry& entry : entries) {
    filter_[entry.key >> filter_shift_] |= BitsOf(entry.key);
    ++starts_[(entry.key >> bucket_shift_) + 1];
    slots_.push_back({Fingerprint(entry.key), entry.value});
  }
  for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
}

std::span<const KeyTable::Slot> KeyTable::FindInBuckets(uint64_t key) const {
  const size_t bucket = key >> bucket_shift_;
  const Slot* first = slots_.data() + starts_[bucket];
  const Slot* last = slots_.data() + starts_[bucket + 1];
  const uint32_t wanted = Fingerprint(key);
  if (static_cast<size_t>(last - first) > kLongBucket) {
    return {std::ranges::lower_bound(first, last, wanted, {}, &Slot::fingerprint),
            std::ranges::upper_bound(first, last, wanted, {}, &Slot::fingerprint)};
  }
  while (first != last && first->fingerprint < wanted) ++first;
  const Slot* end = first;
  while (end != last && end->fingerprint == wanted) ++end;
  return {first, end};
}

size_t KeyTable::size_bytes() const {
  return filter_.size() * sizeof(uint64_t) + starts_.size() * sizeof(uint32_t) +
         slots_.size() * sizeof(Slot);
}

}  // namespace portcullis::applocker
