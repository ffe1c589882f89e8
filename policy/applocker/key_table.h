// SPDX-License-Identifier: Apache-2.0
// A compact, read-only table from 64-bit keys to lists of numbers.
//
// Most questions are about keys that are not there, so a filter stands in front that touches one
// word: 16 to 32 bits a key, three of which are tested. Behind it is an open-addressing table of
// slots of eight bytes, in the order of their homes, so that an answer touches one cache line. A
// key with more values than one has a list of its own.
//
// Limits:  keys are compared by 32 bits and their place alone; a caller verifies what it finds.
// Threads: immutable once built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/applocker/pod_table.h"
#include "policy/applocker/table_stream.h"

namespace portcullis::applocker {

class KeyTable {
 public:
  struct Entry {
    uint64_t key;
    uint32_t value;  // below kList
  };

  KeyTable() = default;
  explicit KeyTable(std::vector<Entry> entries);

  // Calls visit(value) for every value of `key`, ascending; rarely for those of another key too.
  template <typename Visit>
  void ForEach(uint64_t key, Visit&& visit) const {
    if (!MayHold(key)) return;
    for (size_t at = key >> slot_shift_; slots_[at].value != kEmpty; ++at) {
      const Slot slot = slots_[at];
      if (slot.fingerprint != static_cast<uint32_t>(key)) continue;
      if ((slot.value & kList) == 0) {
        visit(slot.value);
      } else {
        for (const uint32_t value : ListAt(slot.value & ~kList)) visit(value);
      }
    }
  }
  bool MayHold(uint64_t key) const {
    if (slots_.empty()) return false;
    const uint64_t bits = BitsOf(key);
    return (filter_[key >> filter_shift_] & bits) == bits;
  }
  // For a key that is likely there and will be asked for soon.
  void Prefetch(uint64_t key) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[key >> slot_shift_]);
  }
  size_t size_bytes() const;

  void Write(TableWriter& writer) const;
  // Holds all that ForEach relies on; every value is below `end`.
  static KeyTable Read(TableReader& reader, uint32_t end);

  static constexpr uint32_t kList = 1U << 31;

 private:
  struct Slot {
    uint32_t fingerprint = 0;
    // Or kList and where in lists_ its list begins: its length stands first.
    uint32_t value = kEmpty;
  };
  static constexpr uint32_t kEmpty = UINT32_MAX;

  static uint64_t BitsOf(uint64_t key) {
    return 1ULL << (key & 63) | 1ULL << (key >> 6 & 63) | 1ULL << (key >> 12 & 63);
  }
  std::span<const uint32_t> ListAt(size_t begin) const {
    return lists_.values().subspan(begin + 1, lists_[begin]);
  }
  uint32_t AddValues(std::span<const Entry> same_key);
  void CheckSizes(TableReader& reader) const;
  void CheckSlots(TableReader& reader, uint32_t end) const;
  size_t CheckList(TableReader& reader, size_t begin, uint32_t end) const;

  PodTable<uint64_t> filter_;
  PodTable<Slot> slots_;  // longer than the homes, so that a probe never wraps around
  PodTable<uint32_t> lists_;
  unsigned filter_shift_ = 63;
  unsigned slot_shift_ = 63;
};

}  // namespace portcullis::applocker
