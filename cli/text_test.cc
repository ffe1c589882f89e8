// SPDX-License-Identifier: Apache-2.0
#include "cli/text.h"

#include "base/json_value.h"
#include "base/json_writer.h"

namespace portcullis::cli {
namespace {

TEST(Printable, MakesOneLineOfAnything) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"plain \u00e4\u4e2d\U0001F600", "plain \u00e4\u4e2d\U0001F600"},
      {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
      {"\x1b[31m", "\\x1b[31m"},
      {"\xFF\xC0\x80", "\\xff\\xc0\\x80"},
      {"\xED\xA0\x80", "\\xed\\xa0\\x80"},
      {"\u202Egnp.exe", "\\u{202e}gnp.exe"},
      {"C:\\new", "C:\\new"},
      {"\xC3", "\\xc3"},
  };
  for (const auto& [text, printed] : rows) EXPECT_EQ(Printable(text), printed);
}

TEST(Cut, CountsCharactersNotBytes) {
  EXPECT_EQ(Cut("\u00e4\u00f6\u00fc", 3), "\u00e4\u00f6\u00fc");
  EXPECT_EQ(Cut("\u00e4\u00f6\u00fcx", 3), "\u00e4\u00f6\u2026");
  EXPECT_EQ(Padded("\u00e4", 3), "\u00e4  ");
  EXPECT_EQ(Width("\u00e4b"), 2U);
}

TEST(TableRow, AlignsAndLeavesNoBlanksAtTheEnd) {
  const std::vector<Column> columns = {{"A", 4}, {"B", 0}};
  EXPECT_EQ(TableHead(columns), "A     B\n");
  EXPECT_EQ(TableRow(columns, {"longer", ""}), "lon\u2026\n");
}

TEST(Grouped, PutsCommasBetweenThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(12345678), "12,345,678");
  EXPECT_EQ(Count(1, "file", "files"), "1 file");
}

TEST(JsonWriter, WritesWhatTheReaderReads) {
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
  const auto value = ParseJson(line);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->Find("text")->AsString(), "a\"\\\n\x01\u00e4");
  EXPECT_EQ(*value->Find("number")->AsUnsigned(), 18446744073709551615ULL);
}

TEST(ParseJson, RefusesNumbersThatNoDoubleHolds) {
  const auto value = ParseJson("[1e999]");
  ASSERT_FALSE(value);
  EXPECT_THAT(value.error().message, ::testing::HasSubstr("byte"));
}

}  // namespace
}  // namespace portcullis::cli
