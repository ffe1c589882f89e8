// SPDX-License-Identifier: Apache-2.0
#include "eventlog/keyed_hash.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace portcullis::eventlog {

static_assert(std::endian::native == std::endian::little, "texts are read as words");

HashKey RandomHashKey() {
  HashKey key;
  // Fails only on kernels without it; below 256 bytes it is never short.
  if (getrandom(&key, sizeof(key), 0) != static_cast<ssize_t>(sizeof(key))) std::abort();
  return key;
}

KeyedHash::KeyedHash(const HashKey& key)
    : v0_(key.low ^ 0x736f6d6570736575),
      v1_(key.high ^ 0x646f72616e646f6d ^ 0xee),  // 0xee: 128 bits come out
      v2_(key.low ^ 0x6c7967656e657261),
      v3_(key.high ^ 0x7465646279746573) {}

void KeyedHash::Round() {
  v0_ += v1_;
  v1_ = std::rotl(v1_, 13) ^ v0_;
  v0_ = std::rotl(v0_, 32);
  v2_ += v3_;
  v3_ = std::rotl(v3_, 16) ^ v2_;
  v0_ += v3_;
  v3_ = std::rotl(v3_, 21) ^ v0_;
  v2_ += v1_;
  v1_ = std::rotl(v1_, 17) ^ v2_;
  v2_ = std::rotl(v2_, 32);
}

KeyedHash& KeyedHash::Number(uint64_t word) {
  ++words_;
  v3_ ^= word;
  Round();
  Round();
  v0_ ^= word;
  return *this;
}

KeyedHash& KeyedHash::Text(std::string_view text) {
  Number(text.size());
  while (!text.empty()) {
    uint64_t word = 0;
    const size_t size = std::min(text.size(), sizeof(word));
    std::memcpy(&word, text.data(), size);
    Number(word);
    text.remove_prefix(size);
  }
  return *this;
}

Hash128 KeyedHash::Finish() const {
  KeyedHash state = *this;
  state.Number((words_ * sizeof(uint64_t)) << 56);
  state.v2_ ^= 0xee;
  for (int i = 0; i < 4; ++i) state.Round();
  Hash128 hash;
  hash.low = state.v0_ ^ state.v1_ ^ state.v2_ ^ state.v3_;
  state.v1_ ^= 0xdd;
  for (int i = 0; i < 4; ++i) state.Round();
  hash.high = state.v0_ ^ state.v1_ ^ state.v2_ ^ state.v3_;
  return hash;
}

}  // namespace portcullis::eventlog
