// SPDX-License-Identifier: Apache-2.0
#include "base/xxh64.h"

#include <array>
#include <bit>
#include <cstring>

namespace portcullis {
namespace {

// Names and values are those of the description.
constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87ULL;
constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FULL;
constexpr uint64_t kPrime3 = 0x165667B19E3779F9ULL;
constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63ULL;
constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5ULL;
constexpr size_t kStripe = 32;

template <typename T>
T Load(const uint8_t* at) {
  LittleEndian<T> value;
  std::memcpy(&value, at, sizeof(T));
  if constexpr (std::endian::native == std::endian::little) return std::bit_cast<T>(value);
  return value;
}

uint64_t Round(uint64_t lane, uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

// Whole stripes, by four lanes that do not wait for one another.
uint64_t OfStripes(const uint8_t*& at, size_t& left) {
  std::array<uint64_t, 4> lanes = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  for (; left >= kStripe; left -= kStripe, at += kStripe) {
    for (size_t i = 0; i < lanes.size(); ++i) {
      lanes[i] = Round(lanes[i], Load<uint64_t>(at + i * sizeof(uint64_t)));
    }
  }
  uint64_t hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
                  std::rotl(lanes[3], 18);
  for (const uint64_t lane : lanes) hash = (hash ^ Round(0, lane)) * kPrime1 + kPrime4;
  return hash;
}

uint64_t AddTail(uint64_t hash, const uint8_t* at, size_t left) {
  for (; left >= 8; left -= 8, at += 8) {
    hash = std::rotl(hash ^ Round(0, Load<uint64_t>(at)), 27) * kPrime1 + kPrime4;
  }
  if (left >= 4) {
    hash = std::rotl(hash ^ Load<uint32_t>(at) * kPrime1, 23) * kPrime2 + kPrime3;
    left -= 4;
    at += 4;
  }
  for (; left > 0; --left, ++at) hash = std::rotl(hash ^ *at * kPrime5, 11) * kPrime1;
  return hash;
}

}  // namespace

uint64_t Xxh64(Bytes bytes) {
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  uint64_t hash = left >= kStripe ? OfStripes(at, left) : kPrime5;
  hash = AddTail(hash + bytes.size(), at, left);
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace portcullis
