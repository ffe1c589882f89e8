// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/xml/values.h"

#include <gtest/gtest.h>

namespace portcullis::applocker {
namespace {

TEST(PolicyValues, KnowsDecimals) {
  for (const auto text : {"1", "+1", "-1", "1.", ".5", "1.0", "01", "-0"}) {
    EXPECT_TRUE(IsDecimal(text)) << text;
  }
  for (const auto text : {"", ".", "+", "1e0", "INF", "1 2", "1.2.3", "0x1"}) {
    EXPECT_FALSE(IsDecimal(text)) << text;
  }
  EXPECT_TRUE(IsDecimal(std::string(24, '1')));
  EXPECT_FALSE(IsDecimal(std::string(25, '1')));
  EXPECT_TRUE(IsDecimal(std::string(99, '0') + "1"));
}

TEST(PolicyValues, KnowsTheNumberOne) {
  for (const auto text : {"1", "+1", "001.000", "1."}) EXPECT_TRUE(IsDecimalOne(text)) << text;
  for (const auto text : {"", "0", "2", "-1", "1.01", ".1", "10", "one"}) {
    EXPECT_FALSE(IsDecimalOne(text)) << text;
  }
}

TEST(PolicyValues, KnowsIntegers) {
  for (const auto text : {"1", "+1", "-1", "-0", "007"}) EXPECT_TRUE(IsInteger(text)) << text;
  for (const auto text : {"", "1.0", "+", "--1", "1a"}) EXPECT_FALSE(IsInteger(text)) << text;
  EXPECT_EQ(ParseUnsignedInt("4294967295"), 4294967295U);
  EXPECT_EQ(ParseUnsignedInt(std::string(30, '0') + "1"), 1U);
  for (const auto text : {"", "4294967296", "-1", "+1", "1.0"}) {
    EXPECT_FALSE(ParseUnsignedInt(text)) << text;
  }
}

TEST(PolicyValues, MatchesTheVersionPatternLikeARegularExpression) {
  for (const auto text : {"1.2.3.4", "12345.12345.12345.12345", "1234567", "1x2\xC3\xA9\x33 4",
                          "00000.0.0.0", "11111111111111111111111"}) {
    EXPECT_TRUE(MatchesVersionPattern(text)) << text;
  }
  for (const auto text :
       {"", "*", "1.2.3", "123456", "1.2.3.", "123456.1.1.1", "1.2.3.4.5.6.7.8.9", "1\n2.3.4",
        "1\r2.3.4", ".1.2.3.4", "1.2.3.4 ", "1..2.3.4", "111111111111111111111111"}) {
    EXPECT_FALSE(MatchesVersionPattern(text)) << text;
  }
}

TEST(PolicyValues, CountsCharactersTwoWays) {
  const std::string_view text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(CountCodePoints(text), 4U);
  EXPECT_EQ(CountUtf16Units(text), 5U);
}

TEST(PolicyValues, ReadsHashDigits) {
  EXPECT_EQ(ParseHashData("0x" + std::string(64, 'F'))->size, 32U);
  EXPECT_EQ(ParseHashData("0x" + std::string(40, 'e'))->bytes[19], 0xEE);
  for (const auto& text : {"", "0x", "54C9"}) EXPECT_FALSE(ParseHashData(text)) << text;
  EXPECT_FALSE(ParseHashData("0X" + std::string(64, 'F')));
  EXPECT_FALSE(ParseHashData("0x" + std::string(63, 'F') + "G"));
  EXPECT_FALSE(ParseHashData("0x" + std::string(66, 'F')));
}

TEST(PolicyValues, ReadsListsOfAppidTypes) {
  for (const auto text : {"", " ", "Hash", " Hash\n Path  Publisher", "Hash Hash"}) {
    EXPECT_TRUE(IsAppidTypeList(text)) << text;
  }
  for (const auto text : {"hash", "Hash,Path", "HashPath", "Hash\xC2\xA0Path"}) {
    EXPECT_FALSE(IsAppidTypeList(text)) << text;
  }
}

}  // namespace
}  // namespace portcullis::applocker
