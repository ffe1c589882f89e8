// SPDX-License-Identifier: Apache-2.0
// The keys behind the index of the fast engine: 64-bit hashes, eight bytes of text a step.
//
// A hash only finds candidates, each of which is compared afterwards, so that two texts with one
// hash cost time and never a wrong verdict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace portcullis {

inline uint64_t MixHash(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15ULL) * (b ^ 0xD1B54A32D192ED03ULL);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename T>
uint64_t LoadUnaligned(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

inline uint64_t HashText(std::string_view text) {
  const char* at = text.data();
  size_t left = text.size();
  uint64_t hash = left * 0xA0761D6478BD642FULL;
  if (left >= 8) {
    for (; left > 8; left -= 8, at += 8) hash = MixHash(hash, LoadUnaligned<uint64_t>(at));
    // The last eight bytes, some of them for the second time.
    return MixHash(hash, LoadUnaligned<uint64_t>(at + left - 8));
  }
  uint64_t tail = 0;
  if (left >= 4) {
    tail = LoadUnaligned<uint32_t>(at) << 32 | LoadUnaligned<uint32_t>(at + left - 4);
  } else if (left > 0) {
    tail = LoadUnaligned<uint8_t>(at) << 16 | LoadUnaligned<uint8_t>(at + left / 2) << 8 |
           LoadUnaligned<uint8_t>(at + left - 1);
  }
  return MixHash(hash, tail);
}

// What stands between two separators of a text.
struct TextComponent {
  uint32_t begin;
  uint32_t length;
  uint64_t hash;
};

// For components that will be asked about soon: a request's are cold, and far from one another.
inline void PrefetchComponents(const std::vector<TextComponent>& components) {
  constexpr size_t kCacheLineBytes = 64;
  const char* const begin = reinterpret_cast<const char*>(components.data());
  const size_t size = components.size() * sizeof(TextComponent);
  for (size_t at = 0; at < size; at += kCacheLineBytes) __builtin_prefetch(begin + at);
}

// At least one; a text that begins or ends with a separator has an empty one there.
std::vector<TextComponent> SplitIntoComponents(std::string_view text);

// A text, and its components for looking it up.
struct KeyedText {
  std::string_view text;
  const std::vector<TextComponent>* components;
};

}  // namespace portcullis
