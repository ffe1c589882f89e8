// SPDX-License-Identifier: Apache-2.0
// The reader of facts accepts just what the house's other reader of JSON accepts.
#include "authoring/strict_json.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "base/json_value.h"
#include "tests/policy/choices.h"
#include "tests/support/fleet.h"

namespace portcullis {
namespace {

using testing::Choices;

// Without numbers that 64 bits do not hold, on which the two differ.
bool HasLongNumber(const std::string& text) {
  size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits >= 19) return true;
  }
  return false;
}

void ExpectSame(const std::string& text) {
  const auto strict = ParseStrictJson(text);
  const auto other = ParseJson(text);
  ASSERT_EQ(strict.has_value(), other.has_value()) << text.substr(0, 500);
  if (!strict) {
    EXPECT_EQ(strict.error().code, other.error().code) << text.substr(0, 500);
  }
}

TEST(ParseStrictJson, AcceptsWhatTheOtherReaderAccepts) {
  for (const char* text : {"1",
                           "null",
                           "\"x\"",
                           " {} ",
                           "",
                           " ",
                           "{}\n{}",
                           "[1,]",
                           "{\"a\":1,\"a\":2}",
                           "[{\"a\":{\"b\":1,\"c\":2,\"b\":3}}]",
                           "{\"a\":1,\"\\u0061\":2}",
                           R"("\ud800")",
                           R"("\udc00")",
                           R"("\ud800\udc00")",
                           R"("\ud800x")",
                           "\"\xED\xA0\x80\"",
                           "\"\xFF\"",
                           "\"\x01\"",
                           R"("\u0000")",
                           "01",
                           "1.",
                           "-0",
                           "1e400",
                           "1e-400",
                           "1E5",
                           "NaN",
                           "\xEF\xBB\xBF{}",
                           "\xEF\xBB\xBF",
                           "18446744073709551615",
                           "-9223372036854775808",
                           "{\"a\"}",
                           "{1:2}",
                           "[[]"}) {
    ExpectSame(text);
  }
  for (const size_t levels : {31U, 32U, 33U, 40U}) {
    ExpectSame(std::string(levels, '[') + std::string(levels, ']'));
  }
}

TEST(ParseStrictJson, AcceptsWhatTheOtherReaderAcceptsOfDamagedFacts) {
  constexpr std::string_view kPut = "{}[]\",:\\u0d8ce1.-+tn\xFF\xED\x80 \n";
  Choices choices(21);
  const testing::Fleet fleet(10, 50);
  size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = fleet.Line(choices.Below(300), 30);
    if (choices.OneIn(2)) {
      const size_t begin = choices.Below(text.size());
      text = "{\"a\":\"" + text.substr(begin, 30) + "\"}";
    }
    for (size_t n = choices.Below(4); n > 0; --n) {
      const size_t at = choices.Below(text.size());
      if (choices.OneIn(2)) text[at] = kPut[choices.Below(kPut.size())];
      if (choices.OneIn(3)) text.insert(at, 1, kPut[choices.Below(kPut.size())]);
      if (choices.OneIn(3)) text.erase(at, 1);
      if (choices.OneIn(20)) text.insert(at, "\"kind\":\"pe\",");
    }
    if (HasLongNumber(text)) continue;
    ExpectSame(text);
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
    accepted += ParseStrictJson(text) ? 1U : 0U;
  }
  EXPECT_GT(accepted, 1000U);
}

TEST(ParseStrictJson, RefusesNumbersBeyond64Bits) {
  EXPECT_FALSE(ParseStrictJson("18446744073709551616"));
  EXPECT_FALSE(ParseStrictJson("-9223372036854775809"));
}

TEST(ParseStrictJson, FindsMembersByName) {
  const auto element = ParseStrictJson(R"({"a":1,"b":null})");
  ASSERT_TRUE(element);
  const JsonMembers members(*element);
  EXPECT_TRUE(members.IsObject());
  EXPECT_NE(members.Find("a"), nullptr);
  EXPECT_EQ(members.Find("b"), nullptr);
  EXPECT_TRUE(members.Has("b"));
  EXPECT_FALSE(members.Has("c"));
  EXPECT_FALSE(JsonMembers(*ParseStrictJson("[]")).IsObject());
}

}  // namespace
}  // namespace portcullis
