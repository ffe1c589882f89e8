// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/registry_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/little_endian.h"

namespace portcullis::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Entry Of(Type type, std::string_view data) {
  const Bytes bytes = AsBytes(data);
  return {"K", "v", type, {bytes.begin(), bytes.end()}};
}
Entry Units(Type type, std::string_view text) { return Of(type, ToUtf16Le(text)); }

TEST(RegistryEntry, ReadsTextWithAndWithoutItsEnd) {
  for (const Type type : {Type::kSz, Type::kExpandSz, Type::kLink}) {
    EXPECT_EQ(TextOf(Units(type, "%a%\u00DF")).value(), "%a%\u00DF");
    EXPECT_EQ(TextOf(Units(type, std::string_view("ab\0cd\0", 6))).value(), "ab");
    EXPECT_EQ(TextOf(Units(type, "")).value(), "");
  }
  EXPECT_EQ(TextOf(Of(Type::kSz, std::string_view("a\0b", 3))).value(), "a") << "an odd byte";
  EXPECT_THAT(TextOf(Of(Type::kSz, "\xD8\xD8")).error().message, HasSubstr("K\\v: its data"));
  EXPECT_FALSE(TextOf(Units(Type::kMultiSz, "a")));
}

TEST(RegistryEntry, ReadsListsUpToTheirEnd) {
  const auto list = [](std::string_view text) {
    return TextsOf(Units(Type::kMultiSz, text)).value();
  };
  EXPECT_THAT(list(std::string_view("ADE\0EXE\0\0", 9)), ElementsAre("ADE", "EXE"));
  EXPECT_THAT(list(std::string_view("ADE\0EXE", 7)), ElementsAre("ADE", "EXE"));
  EXPECT_THAT(list(std::string_view("ADE\0\0EXE\0", 9)), ElementsAre("ADE"));
  EXPECT_THAT(list(""), IsEmpty());
  EXPECT_FALSE(TextsOf(Units(Type::kSz, "a")));
  EXPECT_FALSE(TextsOf(Of(Type::kMultiSz, "\xD8\xD8")));
}

TEST(RegistryEntry, ReadsNumbersOfTheirOwnSize) {
  EXPECT_EQ(NumberOf(Of(Type::kDword, "\1\2\3\4")).value(), 0x04030201U);
  EXPECT_EQ(NumberOf(Of(Type::kDwordBigEndian, "\1\2\3\4")).value(), 0x01020304U);
  EXPECT_EQ(NumberOf(Of(Type::kQword, "\1\2\3\4\5\6\7\xF8")).value(), 0xF807060504030201U);
  EXPECT_THAT(NumberOf(Of(Type::kDword, "\1\2\3")).error().message, HasSubstr("3 bytes, where 4"));
  EXPECT_FALSE(NumberOf(Of(Type::kQword, "\1\2\3\4")));
  EXPECT_FALSE(NumberOf(Of(Type::kBinary, "\1\2\3\4")));
}

TEST(RegistryEntry, NamesTheTypesThatHaveNames) {
  EXPECT_EQ(NameOf(Type::kNone), "REG_NONE");
  EXPECT_EQ(NameOf(Type::kQword), "REG_QWORD");
  EXPECT_EQ(NameOf(static_cast<Type>(12)), "");
  EXPECT_EQ(NameOf(static_cast<Type>(0xFFFF'FFFF)), "");
}

TEST(RegistryEntry, KnowsSpecialNames) {
  const auto seen = [](std::string_view name) {
    const auto special = SpecialOf(name);
    return special ? std::string(ToString(special->action)) + "|" + special->name : "";
  };
  EXPECT_EQ(seen("**del.Some Name"), "delete-value|Some Name");
  EXPECT_EQ(seen("**DEL."), "delete-value|");
  EXPECT_EQ(seen("**delvals."), "delete-all-values|");
  EXPECT_EQ(seen("**DelVals"), "delete-all-values|");
  EXPECT_EQ(seen("**DeleteValues"), "delete-values|");
  EXPECT_EQ(seen("**deletekeys"), "delete-keys|");
  EXPECT_EQ(seen("**SecureKey"), "secure-key|");
  EXPECT_EQ(seen("**soft.a name that is longer"), "set-if-absent|a name that is longer");
  EXPECT_EQ(seen("**Other"), "");
  EXPECT_EQ(seen("*del.x"), "");
  EXPECT_EQ(seen(""), "");
}

}  // namespace
}  // namespace portcullis::registry
