// SPDX-License-Identifier: Apache-2.0
#include "base/xxh64.h"

#include <gtest/gtest.h>

#include <string>

namespace portcullis {
namespace {

TEST(Xxh64, GivesThePublishedValues) {
  EXPECT_EQ(Xxh64(AsBytes("")), 0xEF46DB3751D8E999ULL);
  EXPECT_EQ(Xxh64(AsBytes("a")), 0xD24EC4F1A98C6E5BULL);
  EXPECT_EQ(Xxh64(AsBytes("abc")), 0x44BC2CF5AD770999ULL);
  // Longer than one stripe, with a tail of each size.
  EXPECT_EQ(Xxh64(AsBytes("Nobody inspects the spammish repetition")), 0xFBCEA83C8A378BF1ULL);
}

TEST(Xxh64, DiffersWhereOneBitDoes) {
  std::string text(100, 'x');
  const uint64_t before = Xxh64(AsBytes(text));
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] ^= 4;
    EXPECT_NE(Xxh64(AsBytes(changed)), before) << i;
  }
}

}  // namespace
}  // namespace portcullis
