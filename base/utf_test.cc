// SPDX-License-Identifier: Apache-2.0
#include "base/utf.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace portcullis {
namespace {

using std::string_view_literals::operator""sv;

TEST(UpperCase, MapsOneToOneAsWindowsDoes) {
  struct Row {
    std::string_view text;
    std::string_view upper;
  };
  constexpr Row kRows[] = {
      {"calc.exe", "CALC.EXE"},
      {"straße", "STRAßE"},  // U+00DF has no single upper-case letter
      {"ısık", "ıSıK"},      // U+0131 does not become I
      {"ſetup", "ſETUP"},    // U+017F does not become S
      {"µ", "µ"},            // U+00B5 does not come back from U+039C
      {"äöüÿ", "ÄÖÜŸ"},
      {"привет", "ПРИВЕТ"},
      {"ǆǅ", "Ǆǅ"},  // the title-case digraph stays
      {"ა", "ა"},    // Georgian got upper case after the pinned table
      {"𐐨", "𐐨"},    // supplementary characters stay
  };
  for (const Row& row : kRows) EXPECT_EQ(UpperCase(row.text), row.upper) << row.text;
}

TEST(UpperCase, LeavesBytesThatAreNotUtf8Alone) {
  EXPECT_EQ(UpperCase("a\xFF\xC3z\xED\xA0\x80"), "A\xFF\xC3Z\xED\xA0\x80");
}

TEST(Utf16, DecodesPairsAndRefusesHalves) {
  EXPECT_EQ(Utf16LeToUtf8(AsBytes("A\0\x3D\xD8\x00\xDE"sv)).value(), "A😀");
  EXPECT_EQ(Utf16BeToUtf8(AsBytes("\0A\xD8\x3D\xDE\x00"sv)).value(), "A😀");
  for (const std::string_view bad : {"\x3D\xD8"sv, "\x00\xDE"sv, "\x3D\xD8\x3D\xD8"sv, "A"sv}) {
    EXPECT_FALSE(Utf16LeToUtf8(AsBytes(bad)));
    EXPECT_FALSE(Utf16LeToUtf8Lossy(AsBytes(bad)).empty());
  }
}

TEST(Utf8, ValidityIsStrict) {
  EXPECT_TRUE(IsValidUtf8("é€😀"));
  for (const std::string_view bad : {"\xC0\x80"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "\x80"sv,
                                     "\xE2\x82"sv, "\xF8\x88\x80\x80\x80"sv}) {
    EXPECT_FALSE(IsValidUtf8(bad));
  }
}

TEST(LossyUtf8, ReplacesEachByteThatIsNoCharacter) {
  EXPECT_EQ(LossyUtf8("aé😀"), "aé😀");
  EXPECT_EQ(LossyUtf8("a\xFFz\xE2\x82"), "a\uFFFDz\uFFFD\uFFFD");
  EXPECT_EQ(LossyUtf8(""), "");
}

}  // namespace
}  // namespace portcullis
