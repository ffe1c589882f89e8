// SPDX-License-Identifier: Apache-2.0
#include "base/quote.h"

#include <gtest/gtest.h>

namespace portcullis {
namespace {

TEST(Quote, KeepsPrintableAsciiAndEscapesTheRest) {
  EXPECT_EQ(Quote("plain %WINDIR%"), "\"plain %WINDIR%\"");
  EXPECT_EQ(Quote("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(Quote("\x1b[31m\n"), "\"\\u{1B}[31m\\u{A}\"");
  EXPECT_EQ(Quote("\xC3\xA9\xE2\x80\xAE"), "\"\\u{E9}\\u{202E}\"");
  EXPECT_EQ(Quote("\xFFz"), "\"\\xFFz\"");
}

TEST(Quote, CutsLongTextByCharacters) {
  EXPECT_EQ(Quote("abcd", 4), "\"abcd\"");
  EXPECT_EQ(Quote("abcde", 4), "\"abcd\"...");
  EXPECT_EQ(Quote("\xC3\xA9\xC3\xA9\xC3\xA9", 2), "\"\\u{E9}\\u{E9}\"...");
}

}  // namespace
}  // namespace portcullis
