// SPDX-License-Identifier: Apache-2.0
// 128 bits that stand for a value's fields, under a key that nobody outside this process knows.
//
// Shape:   SipHash-2-4-128 of 64-bit words; a text is its length and its bytes, filled with zeros
//          to whole words, so that no two lists of fields are one input.
// Errors:  none. Who chooses names can not choose two that collide: an event could hide behind
//          another.
// Threads: a value.
// Source:  Aumasson and Bernstein, "SipHash: a fast short-input PRF".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::eventlog {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// For unordered_map: the hash is random enough to be its own.
struct Hash128Hash {
  size_t operator()(const Hash128& hash) const noexcept { return static_cast<size_t>(hash.low); }
};

using HashKey = Hash128;
HashKey RandomHashKey();

class KeyedHash {
 public:
  explicit KeyedHash(const HashKey& key);

  KeyedHash& Number(uint64_t word);
  KeyedHash& Text(std::string_view text);
  template <typename T>
  KeyedHash& Optional(const std::optional<T>& number) {
    return Number(number ? 1 : 0).Number(number ? static_cast<uint64_t>(*number) : 0);
  }
  KeyedHash& OptionalText(const std::optional<std::string>& text) {
    Number(text ? 1 : 0);
    return Text(text ? std::string_view(*text) : std::string_view());
  }
  Hash128 Finish() const;

 private:
  void Round();

  uint64_t v0_, v1_, v2_, v3_;
  uint64_t words_ = 0;
};

}  // namespace portcullis::eventlog
