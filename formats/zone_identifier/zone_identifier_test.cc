// SPDX-License-Identifier: Apache-2.0
#include "formats/zone_identifier/zone_identifier.h"

#include <gtest/gtest.h>

#include <string>

namespace portcullis {
namespace {

std::optional<uint32_t> Parse(std::string_view text) { return ParseZoneIdentifier(AsBytes(text)); }

TEST(ZoneIdentifier, IsTheNumberInItsSection) {
  EXPECT_EQ(Parse("[ZoneTransfer]\r\nZoneId=3\r\n"), 3U);
  EXPECT_EQ(Parse("[ZoneTransfer]\r\nReferrerUrl=http://a/\r\nHostUrl=http://a/b\r\nZoneId=4"), 4U);
  EXPECT_EQ(Parse("\xEF\xBB\xBF[zonetransfer]\n zoneid = 0 \n"), 0U);
  EXPECT_EQ(Parse("[Other]\nZoneId=1\n[ZoneTransfer]\nZoneId=2\nZoneId=3\n"), 2U);
}

TEST(ZoneIdentifier, MayBeWide) {
  std::string wide = "\xFF\xFE";
  for (const char c : std::string_view("[ZoneTransfer]\r\nZoneId=3\r\n")) {
    wide += c;
    wide += '\0';
  }
  EXPECT_EQ(Parse(wide), 3U);
  EXPECT_EQ(Parse(wide + "x"), 3U) << "half a character at the end";
}

TEST(ZoneIdentifier, MayEndWithANulAsSambaKeepsIt) {
  EXPECT_EQ(Parse(std::string_view("[ZoneTransfer]\r\nZoneId=3\0", 25)), 3U);
}

TEST(ZoneIdentifier, IsNoneWhereNothingSaysSo) {
  for (const char* text :
       {"", "ZoneId=3", "[ZoneTransfer]", "[ZoneTransfer]\nZoneId=5", "[ZoneTransfer]\nZoneId=-1",
        "[ZoneTransfer]\nZoneId=3x", "[ZoneTransfer]\nZoneId=", "[ZoneTransfer]\n[x]\nZoneId=3"}) {
    EXPECT_FALSE(Parse(text)) << text;
  }
}

TEST(ZoneIdentifier, IsNotLookedForBehindTheLimit) {
  const std::string_view zone = "\n[ZoneTransfer]\nZoneId=3";
  EXPECT_EQ(Parse(std::string(kMaxZoneIdentifierBytes - zone.size(), ' ') + std::string(zone)), 3U);
  EXPECT_FALSE(
      Parse(std::string(kMaxZoneIdentifierBytes - zone.size() + 1, ' ') + std::string(zone)));
}

TEST(ZoneOfUrl, IsToldByTheServersName) {
  EXPECT_EQ(ZoneOfUrl("https://downloads.example.com/setup.msi"), 3U);
  EXPECT_EQ(ZoneOfUrl("http://user:pw@example.com:8080/x"), 3U);
  EXPECT_EQ(ZoneOfUrl("http://[2001:db8::1]/x"), 3U);
  EXPECT_EQ(ZoneOfUrl("ftp://198.51.100.7/x"), 3U);
  EXPECT_EQ(ZoneOfUrl("http://134744072/x.msi"), 3U) << "8.8.8.8 as one number";
  EXPECT_EQ(ZoneOfUrl("http://0x8080808/x.msi"), 3U);
  EXPECT_EQ(ZoneOfUrl("http://intranet/x.msi"), 1U);
  EXPECT_EQ(ZoneOfUrl("smb://server/share/x.msi"), 1U);
  EXPECT_EQ(ZoneOfUrl("file:///home/a/x.msi"), 0U);
  EXPECT_EQ(ZoneOfUrl("FILE://localhost/x.msi"), 0U);
  EXPECT_EQ(ZoneOfUrl("file://server/share/x.msi"), 1U);
  EXPECT_EQ(ZoneOfUrl("http://evil.example\\@intranet/x"), 3U);
}

TEST(ZoneOfUrl, IsNoneForWhatIsNoAddress) {
  for (const char* text : {"", "x", ":", "://a.b", "about:blank", "mailto:a@b.c", "http:/x"}) {
    EXPECT_FALSE(ZoneOfUrl(text)) << text;
  }
}

}  // namespace
}  // namespace portcullis
