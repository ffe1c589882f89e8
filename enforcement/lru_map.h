// SPDX-License-Identifier: Apache-2.0
// A map that forgets what was not asked for longest.
//
// Limits:  as many entries, and as many bytes by its user's own count; one entry that is larger
// than
//          all may be is not kept.
// Threads: one at a time; who shares it locks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace portcullis::enforcement {

struct LruLimits {
  size_t entries = 0;
  size_t bytes = SIZE_MAX;
};

template <typename Key, typename Value, typename Hash = std::hash<Key>>
class LruMap {
 public:
  explicit LruMap(LruLimits limits) : limits_(limits) {}

  // Null where there is none; the pointer lasts until the next change.
  Value* Find(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  void Put(const Key& key, Value value, size_t bytes = 0) {
    Erase(key);
    if (limits_.entries == 0 || bytes > limits_.bytes) return;
    while (places_.size() >= limits_.entries || bytes_ > limits_.bytes - bytes) {
      Forget(std::prev(entries_.end()));
    }
    entries_.push_front({key, std::move(value), bytes});
    places_.emplace(key, entries_.begin());
    bytes_ += bytes;
  }

  void Erase(const Key& key) {
    const auto found = places_.find(key);
    if (found != places_.end()) Forget(found->second);
  }

  void Clear() {
    places_.clear();
    entries_.clear();
    bytes_ = 0;
  }
  size_t size() const { return places_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    Key key;
    Value value;
    size_t bytes;
  };
  using Entries = std::list<Entry>;

  void Forget(typename Entries::iterator entry) {
    bytes_ -= entry->bytes;
    places_.erase(entry->key);
    entries_.erase(entry);
  }

  const LruLimits limits_;
  size_t bytes_ = 0;
  Entries entries_;  // the last used first
  std::unordered_map<Key, typename Entries::iterator, Hash> places_;
};

}  // namespace portcullis::enforcement
