// SPDX-License-Identifier: Apache-2.0
#include "security/sid_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/sid_alias.h"

namespace portcullis {
namespace {

using ::testing::HasSubstr;

TEST(SidText, ReadsAliasesSpacesAndHexAsWindowsDoes) {
  const std::optional<Sid> none;
  EXPECT_EQ(ParseSidText("ba", none), well_known_sids::kAdministrators);
  EXPECT_EQ(ParseSidText(" WD ", none), well_known_sids::kEveryone);
  EXPECT_EQ(ParseSidText("s- 1- 0x5-0x20-544", none), well_known_sids::kAdministrators);
  EXPECT_EQ(ParseSidText("S-1-5000000000-1", none), (Sid{5000000000, {1}}));
}

TEST(SidText, RefusesWhatWindowsRefusesOrBends) {
  for (const char* text :
       {"", "S", "S-", "S-1", "S-1-", "S-10", "XX", "S-1-3-4 ", "S-1-5-0x", "S-1-5-0x100000000",
        "S-1-5-4294967296", "S-0x1-5-18", "S-1-0x1313131313131-513", "S-1-5-18-", "BAD"}) {
    EXPECT_FALSE(ParseSidText(text, std::nullopt)) << text;
  }
}

TEST(SidText, KnowsAccountsOfADomainOnlyWhereOneIsGiven) {
  const std::optional<Sid> domain = Sid{5, {21, 1, 2, 3}};
  EXPECT_EQ(ParseSidText("EA", domain), (Sid{5, {21, 1, 2, 3, 519}}));
  const auto orphan = ParseSidText("EA", std::nullopt);
  ASSERT_FALSE(orphan);
  EXPECT_THAT(orphan.error().message, HasSubstr("no domain's SID is known"));
  EXPECT_EQ(FormatSidText(Sid{5, {21, 1, 2, 3, 519}}, domain), "EA");
  EXPECT_EQ(FormatSidText(Sid{5, {21, 1, 2, 3, 519}}, std::nullopt), "S-1-5-21-1-2-3-519");
  EXPECT_EQ(FormatSidText(Sid{5, {21, 1, 2, 4, 519}}, domain), "S-1-5-21-1-2-4-519");
}

TEST(SidText, EveryAliasComesBack) {
  const std::optional<Sid> domain = Sid{5, {21, 1, 2, 3}};
  size_t aliases = 0;
  for (char first = 'A'; first <= 'Z'; ++first) {
    for (char second = 'A'; second <= 'Z'; ++second) {
      const std::string alias{first, second};
      const auto sid = FindSidByAlias(alias, domain);
      if (!sid) continue;
      EXPECT_EQ(FindAliasOfSid(*sid, domain), alias);
      ++aliases;
    }
  }
  EXPECT_EQ(aliases, 66U);
}

TEST(Sid, IsReadFromBytesAndWrittenBack) {
  const Sid sid{0x123456789ABC, {1, 0xFFFFFFFF}};
  std::string bytes;
  sid.AppendBinary(bytes);
  EXPECT_EQ(HexLower(AsBytes(bytes)), "0102123456789abc01000000ffffffff");
  ByteReader reader(AsBytes(bytes), "SID");
  EXPECT_EQ(Sid::Read(reader), sid);
  EXPECT_TRUE(reader.empty());
  bytes[1] = 16;
  ByteReader too_many(AsBytes(bytes), "SID");
  EXPECT_EQ(Sid::Read(too_many).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis
