// SPDX-License-Identifier: Apache-2.0
#include "formats/script/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/utf.h"

namespace portcullis::script {
namespace {

using Buffer = std::vector<uint8_t>;
using namespace std::string_literals;

// As UTF-8, of pieces of `step` bytes; nothing where it is refused.
std::optional<std::string> Decode(TextEncoding encoding, std::string_view bytes, size_t step) {
  TextDecoder decoder(encoding);
  Buffer units;
  for (size_t i = 0; i < bytes.size(); i += step) {
    if (!decoder.Decode(AsBytes(bytes.substr(i, step)), units)) return std::nullopt;
  }
  if (!decoder.IsComplete()) return std::nullopt;
  return Utf16LeToUtf8(units).value();
}

TEST(Text, IsTheSameWhereverItIsCut) {
  const std::string text = "a\u00E9\u20AC\uFEFF\U0001F600z";
  const std::string little = "a\0\xE9\0\xAC\x20\xFF\xFE\x3D\xD8\x00\xDEz\0"s;
  const std::string big = "\0a\0\xE9\x20\xAC\xFE\xFF\xD8\x3D\xDE\x00\0z"s;
  for (size_t step = 1; step < 16; ++step) {
    EXPECT_EQ(Decode(TextEncoding::kUtf8, text, step), text) << step;
    EXPECT_EQ(Decode(TextEncoding::kUtf16Le, little, step), text) << step;
    EXPECT_EQ(Decode(TextEncoding::kUtf16Be, big, step), text) << step;
    EXPECT_EQ(Decode(TextEncoding::kWindows1252, "a\x80\x81\x9F\xFF", step),
              "a\u20AC\u0081\u0178\u00FF");
  }
}

TEST(Text, RefusesWhatIsNotStrictUtf8) {
  for (const std::string& bytes :
       {"\x80"s, "a\xC3"s, "\xC3\x28"s, "\xC0\x80"s, "\xED\xA0\x80"s, "\xF4\x90\x80\x80"s, "\xFF"s,
        "\xE2\x82"s, "\xF0\x9F\x98"s, "\xE2\x82\xE2\x82\xAC"s}) {
    for (size_t step = 1; step < 6; ++step) {
      EXPECT_FALSE(Decode(TextEncoding::kUtf8, bytes, step)) << step;
    }
  }
  EXPECT_FALSE(Decode(TextEncoding::kUtf16Le, "a", 1));  // half a unit
}

TEST(Text, MeansAnotherThingByEachByteOf1252) {
  TextDecoder decoder(TextEncoding::kWindows1252);
  std::vector<std::pair<uint8_t, uint8_t>> seen;
  for (unsigned byte = 0; byte < 256; ++byte) {
    Buffer unit;
    const auto value = static_cast<uint8_t>(byte);
    ASSERT_TRUE(decoder.Decode({&value, 1}, unit));
    ASSERT_EQ(unit.size(), 2U);
    seen.emplace_back(unit[0], unit[1]);
  }
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST(Text, KnowsWhetherItIsAscii) {
  Buffer units;
  TextDecoder decoder(TextEncoding::kUtf8);
  ASSERT_TRUE(decoder.Decode(AsBytes("abc\x7F"), units));
  EXPECT_TRUE(decoder.is_ascii());
  ASSERT_TRUE(decoder.Decode(AsBytes("\u0080"), units));
  EXPECT_FALSE(decoder.is_ascii());
}

TEST(Text, ReadsAByteOrderMark) {
  EXPECT_EQ(ReadByteOrderMark(AsBytes("\xEF\xBB\xBFx"))->size, 3U);
  EXPECT_EQ(ReadByteOrderMark(AsBytes("\xFF\xFE"))->encoding, TextEncoding::kUtf16Le);
  EXPECT_EQ(ReadByteOrderMark(AsBytes("\xFE\xFFx"))->encoding, TextEncoding::kUtf16Be);
  for (const char* none : {"", "\xEF\xBB", "\xFE", "abc", " \xEF\xBB\xBF"}) {
    EXPECT_FALSE(ReadByteOrderMark(AsBytes(none)));
  }
}

}  // namespace
}  // namespace portcullis::script
