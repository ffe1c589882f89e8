// SPDX-License-Identifier: Apache-2.0
// A map from hashes to values that forgets what was not asked for longest.
//
// Limits:  as many entries as it is made for. It grows to that size once and allocates nothing for
//          an entry afterwards.
// Lifetime: a pointer to a value lasts until the next Put.
// Threads: for one thread at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "eventlog/keyed_hash.h"

namespace portcullis::eventlog {

template <typename Value>
class RecentHashes {
 public:
  explicit RecentHashes(size_t most)
      : most_(std::max<size_t>(most, 1)), buckets_(std::bit_ceil(most_), kNone) {}

  // Null where there is none.
  Value* Find(const Hash128& key) {
    const uint32_t place = Place(key);
    if (place == kNone) return nullptr;
    Unlink(place);
    LinkAsNewest(place);
    return &entries_[place].value;
  }

  // `key` is not there yet.
  void Put(const Hash128& key, Value value) {
    const uint32_t place = FreePlace();
    uint32_t& bucket = BucketOf(key);
    entries_[place].key = key;
    entries_[place].value = std::move(value);
    entries_[place].next_in_bucket = std::exchange(bucket, place);
    LinkAsNewest(place);
  }

  void Erase(const Hash128& key) {
    const uint32_t place = Place(key);
    if (place != kNone) Release(place);
  }

  void Clear() {
    while (newest_ != kNone) Release(newest_);
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Entry {
    Hash128 key;
    uint32_t next_in_bucket = kNone;
    uint32_t older = kNone;
    uint32_t newer = kNone;
    Value value;
  };

  uint32_t& BucketOf(const Hash128& key) {
    return buckets_[static_cast<size_t>(key.low) & (buckets_.size() - 1)];
  }

  uint32_t Place(const Hash128& key) {
    uint32_t place = BucketOf(key);
    while (place != kNone && !(entries_[place].key == key)) place = entries_[place].next_in_bucket;
    return place;
  }

  uint32_t FreePlace() {
    if (free_.empty() && entries_.size() < most_) {
      entries_.emplace_back();
      return static_cast<uint32_t>(entries_.size() - 1);
    }
    if (free_.empty()) Release(oldest_);
    const uint32_t place = free_.back();
    free_.pop_back();
    return place;
  }

  void Release(uint32_t place) {
    Unlink(place);
    uint32_t* link = &BucketOf(entries_[place].key);
    while (*link != place) link = &entries_[*link].next_in_bucket;
    *link = entries_[place].next_in_bucket;
    free_.push_back(place);
  }

  void LinkAsNewest(uint32_t place) {
    entries_[place].newer = kNone;
    entries_[place].older = newest_;
    (newest_ == kNone ? oldest_ : entries_[newest_].newer) = place;
    newest_ = place;
  }

  void Unlink(uint32_t place) {
    const Entry& entry = entries_[place];
    (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
    (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
  }

  size_t most_;
  std::vector<uint32_t> buckets_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  uint32_t newest_ = kNone;
  uint32_t oldest_ = kNone;
};

}  // namespace portcullis::eventlog
