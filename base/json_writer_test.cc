// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"

#include "base/base64.h"

namespace portcullis {
namespace {

TEST(JsonWriter, WritesOneLine) {
  std::string line;
  JsonWriter(line)
      .BeginObject()
      .String("text", "a\"\\\n\x01\u00e4")
      .Number("number", 18446744073709551615ULL)
      .Bool("yes", true)
      .Null("none")
      .Key("list")
      .BeginArray()
      .Number(1)
      .BeginObject()
      .EndObject()
      .EndArray()
      .Bytes("path", "\xFFx")
      .EndObject();
  EXPECT_EQ(line,
            "{\"text\":\"a\\\"\\\\\\n\\u0001\u00e4\",\"number\":18446744073709551615,\"yes\":true,"
            "\"none\":null,\"list\":[1,{}],\"path\":\"\uFFFDx\",\"path_b64\":\"/3g=\"}");
}

TEST(JsonWriter, EscapesEveryControlCharacter) {
  std::string line;
  JsonWriter(line).String("\x1B[2J\x7F \u0080\u009B\u009F \u00A0\u00C2");
  EXPECT_EQ(line, "\"\\u001b[2J\\u007f \\u0080\\u009b\\u009f \u00A0\u00C2\"");
  line.clear();
  JsonWriter(line).String("\u2027\u2028\u2029\u202A");  // the two in the middle end lines
  EXPECT_EQ(line, "\"\u2027\\u2028\\u2029\u202A\"");
  line.clear();
  JsonWriter(line).String("\xC2");  // half a character
  EXPECT_EQ(line, "\"\uFFFD\"");
}

TEST(Base64, PadsAsRfc4648Has) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foob"), "Zm9vYg==");
}

}  // namespace
}  // namespace portcullis
