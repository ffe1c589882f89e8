// SPDX-License-Identifier: Apache-2.0
// A compact, read-only table from 64-bit keys to lists of numbers.
//
// Most questions are about keys that are not there, so a filter of one cache line's touch stands in
// front: 16 bits a key, two of which are tested in one word. Behind it are buckets of slots of
// eight bytes, sorted, in one array.
//
// Limits:  keys are compared by 32 bits and the bucket alone; a caller verifies what it finds.
// Threads: immutable once built.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace portcullis::applocker {

class KeyTable {
 public:
  struct Entry {
    uint64_t key;
    uint32_t value;
  };
  struct Slot {
    uint32_t fingerprint;
    uint32_t value;
  };

  KeyTable() = default;
  explicit KeyTable(std::vector<Entry> entries);

  // The slots of `key`, values ascending. Rarely those of another key too.
  std::span<const Slot> Find(uint64_t key) const {
    if (!MayHold(key)) return {};
    return FindInBuckets(key);
  }
  bool MayHold(uint64_t key) const {
    if (slots_.empty()) return false;
    const uint64_t bits = BitsOf(key);
    return (filter_[key >> filter_shift_] & bits) == bits;
  }
  size_t size_bytes() const;

 private:
  static uint64_t BitsOf(uint64_t key) { return 1ULL << (key & 63) | 1ULL << (key >> 6 & 63); }
  std::span<const Slot> FindInBuckets(uint64_t key) const;

  std::vector<uint64_t> filter_;
  std::vector<uint32_t> starts_;  // of the buckets in slots_, and one past the last
  std::vector<Slot> slots_;
  unsigned filter_shift_ = 63;
  unsigned bucket_shift_ = 63;
};

}  // namespace portcullis::applocker
