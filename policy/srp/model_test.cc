// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/model.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace portcullis::srp {
namespace {

TEST(SrpLevel, IsReadInEverySpellingThatWindowsHas) {
  for (const char* text : {"BasicUser", "basic-user", "Basic User", "NORMALUSER", "normal user"}) {
    EXPECT_EQ(ParseLevel(text), Level::kBasicUser) << text;
  }
  for (const Level level : kLevels) {
    EXPECT_EQ(ParseLevel(ToString(level)), level) << ToString(level);
    EXPECT_EQ(ParseLevel(DisplayName(level)), level) << DisplayName(level);
    EXPECT_EQ(LevelOf(static_cast<uint64_t>(level)), level);
  }
  for (const char* text : {"", "Allowed", "Disallowed1", "0"}) EXPECT_FALSE(ParseLevel(text));
  for (const uint64_t number : {uint64_t{1}, uint64_t{0x1'0000'0000}, ~uint64_t{0}}) {
    EXPECT_FALSE(LevelOf(number)) << number;
  }
}

TEST(SrpLevel, IsNamedAsTheEditorNamesIt) {
  EXPECT_STREQ(ToString(Level::kBasicUser), "BasicUser");
  EXPECT_STREQ(DisplayName(Level::kBasicUser), "Basic User");
  EXPECT_STREQ(ToString(Level::kDisallowed), "Disallowed");
  EXPECT_LT(Level::kDisallowed, Level::kUnrestricted);
}

TEST(SrpGuid, IsReadWithBracesOrWithoutAndPrintedWithThem) {
  constexpr std::string_view kText = "{191cd7fa-f240-4a17-8986-94d480a6c8ca}";
  const auto guid = Guid::Parse(kText);
  ASSERT_TRUE(guid);
  EXPECT_EQ(guid->ToString(), kText);
  EXPECT_EQ(guid->bytes.front(), 0x19) << "the order of the text";
  EXPECT_EQ(Guid::Parse("191CD7FA-F240-4A17-8986-94D480A6C8CA"), guid);
}

TEST(SrpGuid, RefusesEveryOtherShape) {
  for (const char* text :
       {"", "{}", "{191cd7fa-f240-4a17-8986-94d480a6c8ca", "191cd7fa-f240-4a17-8986-94d480a6c8ca}",
        "{191cd7faf240-4a17-8986-94d480a6c8ca--}", "{191cd7fa-f240-4a17-8986-94d480a6c8cg}",
        "{191cd7fa-f240-4a17-8986-94d480a6c8c}", "{{191cd7fa-f240-4a17-8986-94d480a6c8ca}}"}) {
    EXPECT_FALSE(Guid::Parse(text)) << text;
  }
}

TEST(SrpHash, KnowsItsAlgorithmsAndTheirSizes) {
  EXPECT_EQ(HashAlgorithmOf(0x8003), HashAlgorithm::kMd5);
  EXPECT_EQ(HashAlgorithmOf(0x8004), HashAlgorithm::kSha1);
  EXPECT_EQ(HashAlgorithmOf(0x800C), HashAlgorithm::kSha256);
  EXPECT_FALSE(HashAlgorithmOf(0x8005));
  EXPECT_EQ(DigestSize(HashAlgorithm::kMd5), 16U);
  EXPECT_EQ(DigestSize(HashAlgorithm::kSha1), 20U);
  EXPECT_EQ(DigestSize(HashAlgorithm::kSha256), 32U);
  EXPECT_STREQ(ToString(HashAlgorithm::kSha256), "SHA256");
}

TEST(SrpZone, KnowsTheFiveZones) {
  EXPECT_EQ(UrlZoneOf(0), UrlZone::kMyComputer);
  EXPECT_EQ(UrlZoneOf(4), UrlZone::kRestricted);
  EXPECT_FALSE(UrlZoneOf(5));
  EXPECT_STREQ(ToString(UrlZone::kInternet), "Internet");
}

TEST(SrpRule, ItsKindFollowsFromItsCondition) {
  Rule rule;
  EXPECT_STREQ(ToString(rule.kind()), "hash");
  rule.condition = CertificateCondition{};
  EXPECT_EQ(rule.kind(), RuleKind::kCertificate);
  rule.condition = PathCondition{};
  EXPECT_EQ(rule.kind(), RuleKind::kPath);
  rule.condition = UrlZoneCondition{};
  EXPECT_STREQ(ToString(rule.kind()), "zone");
}

TEST(SrpPolicy, CountsWhatIsNotSetAsWindowsDoes) {
  Policy policy;
  EXPECT_FALSE(policy.is_defined());
  EXPECT_EQ(policy.level(), Level::kUnrestricted);
  EXPECT_EQ(policy.enforcement(), TransparentEnabled::kAllButLibraries);
  EXPECT_FALSE(policy.certificate_rules_count());
  policy.default_level = Level::kDisallowed;
  EXPECT_TRUE(policy.is_defined());
  EXPECT_EQ(policy.level(), Level::kDisallowed);
  EXPECT_STREQ(ToString(policy.scope), "Machine");
  EXPECT_STREQ(ToString(TransparentEnabled::kAll), "All");
  EXPECT_STREQ(ToString(PolicyScope::kAllButAdministrators), "AllButAdministrators");
}

TEST(SrpPolicy, BeginsWithTheEditorsListOfTypes) {
  const auto& types = DefaultExecutableTypes();
  EXPECT_EQ(types.size(), 31U);
  EXPECT_TRUE(std::ranges::is_sorted(types));
  EXPECT_TRUE(std::ranges::count(types, "EXE"));
  EXPECT_FALSE(std::ranges::count(types, "JS"));
}

}  // namespace
}  // namespace portcullis::srp
