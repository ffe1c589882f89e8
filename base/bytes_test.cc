// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>

#include "base/byte_source.h"

namespace portcullis {
namespace {

struct Pair {
  le16 first;
  le32 second;
};

TEST(ByteReader, ReadsLittleEndianFieldsInOrder) {
  constexpr std::array<uint8_t, 7> bytes = {0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 0xFF};
  ByteReader reader(bytes, "pair");
  const auto pair = reader.Read<Pair>();
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->first, 0x1234);
  EXPECT_EQ(pair->second, 0x12345678U);
  EXPECT_EQ(reader.remaining(), 1U);
}

TEST(ByteReader, RefusesALengthThatWouldWrapAround) {
  constexpr std::array<uint8_t, 4> bytes = {1, 2, 3, 4};
  ByteReader reader(bytes, "wrap", 100);
  ASSERT_TRUE(reader.Skip(2));
  const auto past = reader.ReadBytes(UINT64_MAX);
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code, ErrorCode::kTruncated);
  EXPECT_EQ(past.error().message, "wrap: offset 102: wants 18446744073709551615 bytes, 2 are left");
  EXPECT_FALSE(reader.Seek(5));
  EXPECT_TRUE(reader.Seek(4));
}

TEST(ByteReader, AlignsWithoutPassingTheEnd) {
  constexpr std::array<uint8_t, 6> bytes = {};
  ByteReader reader(bytes, "align");
  ASSERT_TRUE(reader.Skip(1));
  reader.AlignTo(4);
  EXPECT_EQ(reader.position(), 4U);
  ASSERT_TRUE(reader.Skip(1));
  reader.AlignTo(4);
  EXPECT_EQ(reader.position(), 6U);
}

TEST(Hex, RoundTripsAndRefusesOtherText) {
  const auto bytes = FromHex("00fFa5");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(HexUpper(AsBytes(*bytes)), "00FFA5");
  EXPECT_EQ(HexLower(AsBytes(*bytes)), "00ffa5");
  EXPECT_FALSE(FromHex("abc"));
  EXPECT_FALSE(FromHex("0g"));
}

TEST(MemorySource, RefusesReadsPastTheEndAndCopiesOverTheLimit) {
  constexpr std::array<uint8_t, 4> bytes = {1, 2, 3, 4};
  const MemorySource source(bytes);
  std::array<uint8_t, 2> out = {};
  ASSERT_TRUE(source.ReadAt(2, out));
  EXPECT_EQ(out[1], 4);
  EXPECT_FALSE(source.ReadAt(3, out));
  EXPECT_FALSE(source.ReadAt(UINT64_MAX, out));
  EXPECT_EQ(source.Copy(0, 4, 3).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(source.Copy(1, 3, 3)->size(), 3U);
}

}  // namespace
}  // namespace portcullis
