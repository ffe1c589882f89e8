// SPDX-License-Identifier: Apache-2.0
#include "formats/msi/code_page.h"

#include "base/utf.h"

namespace portcullis::msi {
namespace {

std::string Decoded(std::string_view text, uint32_t code_page) {
  return DecodeText(AsBytes(text), code_page);
}

TEST(CodePage, ReadsEachOfThoseItKnows) {
  const struct {
    uint32_t code_page;
    const char* bytes;
    const char* text;
  } rows[] = {
      {0, "\xFC\x80", "ü€"},
      {874, "\xA1", "ก"},
      {1250, "\xE8", "č"},
      {1251, "\xC6", "Ж"},
      {1252, "\x99\x81", "™\xC2\x81"},
      {1253, "\xE1", "α"},
      {1254, "\xFE", "ş"},
      {1255, "\xE0", "א"},
      {1256, "\xC8", "ب"},
      {1257, "\xE0", "ą"},
      {1258, "\xFE", "₫"},
      {28591, "\xA4", "¤"},
      {65001, "\xC3\xBC", "ü"},
      {20127, "plain", "plain"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Decoded(row.bytes, row.code_page), row.text) << row.code_page;
  }
}

TEST(CodePage, ReplacesWhatItCanNotDecode) {
  EXPECT_EQ(Decoded("a\xFF", 65001), "a\uFFFD");
  EXPECT_EQ(Decoded("a\xFF", 20127), "a\uFFFD");
  EXPECT_EQ(Decoded("a\xDB", 874), "a\uFFFD");  // left open there
}

TEST(CodePage, ReadsOnlyAsciiOfOneItDoesNotKnow) {
  for (const uint32_t code_page : {932U, 936U, 949U, 950U, 437U, 1U, 0xFFFFFFFFU}) {
    EXPECT_EQ(Decoded("a\x83\x81", code_page), "a\uFFFD\uFFFD") << code_page;
  }
}

TEST(CodePage, MakesUtf8OfAnyByte) {
  for (const uint32_t code_page : {0U, 874U, 932U, 1250U, 1255U, 1258U, 20127U, 28591U, 65001U}) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      const auto value = static_cast<uint8_t>(byte);
      EXPECT_TRUE(IsValidUtf8(DecodeText({&value, 1}, code_page))) << code_page << " " << byte;
    }
  }
}

}  // namespace
}  // namespace portcullis::msi
