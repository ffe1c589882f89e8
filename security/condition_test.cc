// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/condition_binary.h"
#include "security/condition_text.h"
#include "security/sddl.h"

namespace portcullis {
namespace {

using ::testing::HasSubstr;

Result<ConditionalExpression> Read(std::string_view text) {
  TextCursor cursor(text, "condition");
  auto expression = ReadCondition(cursor, std::nullopt);
  if (expression && !cursor.AtEnd()) return cursor.Refuse("more behind it");
  return expression;
}

std::string Reprinted(std::string_view text) {
  const auto expression = Read(text);
  if (!expression) return expression.error().message;
  return FormatCondition(*expression, std::nullopt).value();
}

std::string Unhex(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  return FromHex(digits).value();
}

// Section 7.4 of the project's reference: a path rule of AppLocker.
TEST(Condition, EncodesAPathRuleByteForByte) {
  const auto descriptor = ParseSddl(R"(D:(XA;;FX;;;S-1-1-0;(APPID://PATH Contains "%WINDIR%\*")))");
  ASSERT_TRUE(descriptor) << descriptor.error().message;
  std::string bytes;
  ASSERT_TRUE(descriptor->dacl->aces[0].AppendBinary(bytes));
  EXPECT_EQ(bytes, Unhex("09005000 a0001200 010100000000000100000000 61727478"
                         "f818000000 41005000500049004400 3a002f002f00 5000410054004800"
                         "1014000000 2500570049004e00440049005200 25005c002a00 86 00"));
}

TEST(Condition, EncodesAPublisherRuleByteForByte) {
  const auto expression = Read(R"(((Exists APPID://FQBN) && ((APPID://FQBN) >= ({"P\Q\*", 0}))))");
  ASSERT_TRUE(expression) << expression.error().message;
  EXPECT_EQ(SerializeCondition(*expression),
            "artx" + Unhex("f818000000 41005000500049004400 3a002f002f00 4600510042004e00 87"
                           "f818000000 41005000500049004400 3a002f002f00 4600510042004e00"
                           "501a000000 100a000000 50005c0051005c002a00 0400000000000000000302"
                           "85 a0"));
}

TEST(Condition, BindsAndBeforeOr) {
  EXPECT_EQ(Reprinted("(a || b && c || d)"), "(((a) || ((b) && (c))) || (d))");
  EXPECT_EQ(Reprinted("((a || b) && c)"), "(((a) || (b)) && (c))");
  EXPECT_EQ(Reprinted("(!(a) && b == 1)"), "((!(a)) && (b == 1))");
}

TEST(Condition, PrintsEveryKindOfLiteralAsItWasWritten) {
  for (const char* text :
       {R"((a == "b c"))", "(a == #00ff)", "(a == SID(BA))", "(a == -0x10)", "(a == +017)",
        "(a == 00)", "(a == 0)", "(a == 18446744073709551615)", "(a == -9223372036854775808)",
        R"((a Any_of {1, "2", #03, SID(S-1-9-4)}))", "(Member_of_any {})", "(Not_Exists a)",
        "(Not_Device_Member_of_any SID(WD))", "(@USER.x%0021 Not_Contains @RESOURCE.[y])",
        "(%0045xists == 1)"}) {
    EXPECT_EQ(Reprinted(text), text);
  }
}

TEST(Condition, ReadsKeywordsAndPrefixesInEitherCase) {
  EXPECT_EQ(Reprinted("( eXISTS @user.A&&@DEVICE.b ANY_OF\"c\" )"),
            R"(((Exists @USER.A) && (@DEVICE.b Any_of "c")))");
}

TEST(Condition, RefusesTextWithOffsetAndReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"(a == b)", "offset 6: neither a literal"},
      {"(a == 1", "offset 7: no )"},
      {"(1 == 1 == 1)", "offset 8: no )"},
      {"(!a)", "offset 2: no ("},
      {"(a & b)", "offset 3: a single &"},
      {"(a like 1)", "offset 3: an unknown operator"},
      {"(a == {1, {2}})", "offset 10: a composite in a composite"},
      {"(a == 0x1ffffffffffffffff)", "offset 6: a number of more than 64 bits"},
      {"(a == -9223372036854775809)", "offset 6: a number of more than 64 bits"},
      {"(a == 09)", "offset 6: not a number"},
      {"(a == \"b)", "offset 6: a string without an end"},
      {"(@Group.a)", "offset 1: @ without"},
      {"(a%00 == 1)", "offset 1: a name with a %"},
      {"(a%d83d == 1)", "offset 1: a name with a %"},
      {"(Member_of @User.a)", "offset 1: a Member_of operator without a literal"},
      {"(Exists 1 == 1)", "offset 10: no )"},
      {"(a == SID(DA))", "no domain's SID"},
      {"()", "offset 1: no condition"},
  };
  for (const auto& [text, why] : cases) {
    const auto expression = Read(text);
    ASSERT_FALSE(expression) << text;
    EXPECT_THAT(expression.error().message, HasSubstr(why)) << text;
  }
}

TEST(Condition, RefusesParenthesesTooDeep) {
  const std::string deep(kMaxConditionDepth + 1, '(');
  const auto expression = Read(deep + "a" + std::string(kMaxConditionDepth + 1, ')'));
  ASSERT_FALSE(expression);
  EXPECT_EQ(expression.error().code, ErrorCode::kLimitExceeded);
  EXPECT_TRUE(Read(deep.substr(1) + "a" + std::string(kMaxConditionDepth, ')')));
}

TEST(Condition, RefusesBytesWithOffsetAndReason) {
  const std::string a = "f8 02000000 6100 ";
  const std::pair<std::string, const char*> cases[] = {
      {a + "00000000", "token 0x00 is unknown"},
      {"f8 ffffffff 6100", "offset 5: a length of 4294967295"},
      {a + "50 07000000 50 00000000 0000 80", "offset 16: a composite in a composite"},
      {a + "50 01000000 f8 80", "token 0xf8 in a composite"},
      {a + "04 0100000000000000 0302", "operands without an operator"},
      {"04 0100000000000000 0302", "a literal alone"},
      {a + "01 0001000000000000 0302 80", "its width can not hold"},
      {a + "04 0100000000000000 0202 80", "a positive number with a minus"},
      {a + "04 0100000000000000 0402 80", "an unknown sign"},
      {a + "04 0100000000000000 0300 80", "an unknown base"},
      {a + "80", "an operator lacks an operand"},
      {a + a + "80", "neither a literal nor an attribute with a prefix"},
      {"a2", "offset 4: an operator lacks an operand"},
      {a + "a3", "token 0xa3 is unknown"},
      {"f8 03000000 610061", "UTF-16"},
      {"51 08000000 0105000000000005 89", "wants"},
      {"", "an empty condition"},
  };
  for (const auto& [hex, why] : cases) {
    const auto expression = ParseCondition(AsBytes("artx" + Unhex(hex)));
    ASSERT_FALSE(expression) << hex;
    EXPECT_THAT(expression.error().message, HasSubstr(why)) << hex;
  }
}

}  // namespace
}  // namespace portcullis
