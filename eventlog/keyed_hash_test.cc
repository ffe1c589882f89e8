// SPDX-License-Identifier: Apache-2.0
#include "eventlog/keyed_hash.h"

#include <gtest/gtest.h>

namespace portcullis::eventlog {
namespace {

constexpr HashKey kKey = {0x0706050403020100, 0x0F0E0D0C0B0A0908};

// As OpenSSL's `mac -macopt size:16 siphash` has them.
TEST(KeyedHash, IsSipHash) {
  EXPECT_EQ(KeyedHash(kKey).Finish(), (Hash128{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  EXPECT_EQ(KeyedHash(kKey).Number(0x0706050403020100).Number(0x0F0E0D0C0B0A0908).Finish(),
            (Hash128{0xbb54b067caa4e26e, 0x77052385bf1533fd}));
}

TEST(KeyedHash, TellsTextsApartByWhereTheyEnd) {
  const auto hash_of = [](std::string_view a, std::string_view b) {
    return KeyedHash(kKey).Text(a).Text(b).Finish();
  };
  EXPECT_EQ(hash_of("ab", "c"), hash_of("ab", "c"));
  EXPECT_FALSE(hash_of("ab", "c") == hash_of("a", "bc"));
  EXPECT_FALSE(hash_of("ab", "") == hash_of("ab", std::string_view("\0", 1)));
}

TEST(KeyedHash, TellsAbsentFromZero) {
  EXPECT_FALSE(KeyedHash(kKey).Optional(std::optional<uint32_t>()).Finish() ==
               KeyedHash(kKey).Optional(std::optional<uint32_t>(0)).Finish());
}

TEST(KeyedHash, DependsOnItsKey) {
  EXPECT_FALSE(KeyedHash(RandomHashKey()).Finish() == KeyedHash(RandomHashKey()).Finish());
}

}  // namespace
}  // namespace portcullis::eventlog
