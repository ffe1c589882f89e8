// SPDX-License-Identifier: Apache-2.0
#include "security/sddl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis {
namespace {

using ::testing::HasSubstr;

std::string Reprinted(std::string_view text) {
  const auto descriptor = ParseSddl(text, Sid{5, {21, 1, 2, 3}});
  if (!descriptor) return descriptor.error().message;
  return FormatSddl(*descriptor, Sid{5, {21, 1, 2, 3}}).value();
}

TEST(Sddl, PrintsRightsByTheNameOfTheWholeMaskElseOfEachBitElseInHex) {
  EXPECT_EQ(Reprinted("D:(A;;0x1f01ff;;;WD)"), "D:(A;;FA;;;WD)");
  EXPECT_EQ(Reprinted("D:(A;;KX;;;WD)"), "D:(A;;KR;;;WD)");
  EXPECT_EQ(Reprinted("D:(A;;FRFX;;;WD)"), "D:(A;;0x1200a9;;;WD)");
  EXPECT_EQ(Reprinted("D:(A;;GRWOCC;;;WD)"), "D:(A;;CCWOGR;;;WD)");
  EXPECT_EQ(Reprinted("D:(A;;010;;;WD)"), "D:(A;;SW;;;WD)");
  EXPECT_EQ(Reprinted("S:(ML;;NWNX;;;HI)"), "S:(ML;;NWNX;;;HI)");
}

TEST(Sddl, KeepsAnAclThatIsNullFromOneThatIsEmptyOrAbsent) {
  EXPECT_EQ(Reprinted("D:NO_ACCESS_CONTROL"), "D:NO_ACCESS_CONTROL");
  EXPECT_EQ(Reprinted("D:"), "D:");
  EXPECT_EQ(Reprinted("O:BA"), "O:BA");
  const auto null_dacl = ParseSddl("D:NO_ACCESS_CONTROL");
  EXPECT_FALSE(null_dacl->dacl);
  EXPECT_TRUE(null_dacl->Has(descriptor_control::kDaclPresent));
}

TEST(Sddl, ReadsAndPrintsEveryTypeOfResourceAttribute) {
  EXPECT_EQ(Reprinted(R"(S:(RA;;;;;WD;("a b%0025",TI,0,-1, 2)))"),
            R"(S:(RA;;;;;WD;("a%0020b%0025",TI,0x0,-1,2)))");
  EXPECT_EQ(Reprinted(R"(S:(RA;;;;;WD;("a",TU,0x2,18446744073709551615)))"),
            R"(S:(RA;;;;;WD;("a",TU,0x2,18446744073709551615)))");
  EXPECT_EQ(Reprinted(R"(S:(RA;;;;;WD;("a",TB,0,1,0))(RA;;;;;WD;("a",TX,0,#12ab,1234)))"),
            R"(S:(RA;;;;;WD;("a",TB,0x0,1,0))(RA;;;;;WD;("a",TX,0x0,12ab,1234)))");
  EXPECT_EQ(Reprinted(R"(S:(RA;;;;;WD;("a",TD,0,SID(BA),S-1-5-18,DA)))"),
            R"(S:(RA;;;;;WD;("a",TD,0x0,BA,SY,DA)))");
  EXPECT_EQ(Reprinted(R"(S:(RA;;;;;WD;("a",TS,0)))"), R"(S:(RA;;;;;WD;("a",TS,0x0)))");
}

TEST(Sddl, PrintsTheAliasesOfTheDomainItIsGiven) {
  EXPECT_EQ(Reprinted("O:DAG:S-1-5-21-1-2-3-513D:(A;;GA;;;S-1-5-21-1-2-4-513)"),
            "O:DAG:DUD:(A;;GA;;;S-1-5-21-1-2-4-513)");
}

TEST(Sddl, RefusesWithOffsetAndReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"D:(A;;GA;;;BA)D:", "offset 14: a second D:"},
      {"D:(A;;GA;;;BA)x", "offset 14: no O:, G:, D: or S:"},
      {"D:(AU;;GA;;;BA)", "offset 3: an ACE of type AU does not belong into a DACL"},
      {"S:(A;;GA;;;BA)", "offset 3: an ACE of type A does not belong into a SACL"},
      {"D:(Q;;GA;;;BA)", "offset 3: \"Q\" is not a type"},
      {"D:(A;XX;GA;;;BA)", "offset 5: \"XX\" does not begin with a flag"},
      {"D:(A;;G;;;BA)", "offset 6: \"G\" does not begin with the name of an access right"},
      {"D:(A;;0x100000000;;;BA)", "offset 6: access rights \"0x100000000\" are more than 32 bits"},
      {"D:(A;;GA;bf967a86-0de6-11d0-a285-00aa003049e2;;BA)", "offset 9: an ACE of type A has no"},
      {"D:(OA;;GA;bf967a86;;BA)", "offset 10: \"bf967a86\" is not a GUID"},
      {"D:(A;;GA;;;)", "offset 11: \"\" is neither a SID nor the alias"},
      {"D:(A;;GA;;;BA", "offset 13: no ) at the end"},
      {"D:(A;;GA)", "offset 8: no ; after the rights"},
      {"D:(XA;;GA;;;BA)", "offset 14: no ; after the SID"},
      {"D:(A;;GA;;;BA;(a == 1))", "offset 13: no ) at the end"},
      {"O:S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "more than 15 sub-authorities"},
      {R"(S:(RA;;;;;WD;("a",TB,0,2)))", "offset 23: a boolean"},
      {R"(S:(RA;;;;;WD;("a",TQ,0,2)))", "offset 18: an unknown type"},
      {R"(S:(RA;;;;;WD;("a",TU,0,-2)))", "offset 23: a number below 0"},
  };
  for (const auto& [text, why] : cases) {
    const auto descriptor = ParseSddl(text);
    ASSERT_FALSE(descriptor) << text;
    EXPECT_THAT(descriptor.error().message, HasSubstr(why)) << text;
  }
  const auto orphan = ParseSddl("O:DA");
  EXPECT_EQ(orphan.error().code, ErrorCode::kNotFound);
}

TEST(Sddl, RefusesAnAclThatDoesNotFitItsSize) {
  std::string text = "D:";
  for (int i = 0; i < 3300; ++i) text += "(A;;GA;;;WD)";
  const auto descriptor = ParseSddl(text);
  ASSERT_FALSE(descriptor);
  EXPECT_EQ(descriptor.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ParseSddl(std::string(kMaxSddlSize + 1, ' ')).error().code, ErrorCode::kLimitExceeded);
}

TEST(Sddl, RefusesToPrintWhatItHasNoFormFor) {
  SecurityDescriptor descriptor;
  descriptor.control |= descriptor_control::kDaclPresent;
  Ace ace;
  ace.type = AceType::kAllowedCallback;
  ace.data = OpaqueData{"abcd"};
  descriptor.dacl = Acl{Acl::kRevision, {ace}};
  EXPECT_EQ(FormatSddl(descriptor).error().code, ErrorCode::kUnsupported);
  descriptor.dacl->aces[0].type = static_cast<AceType>(0x40);
  EXPECT_EQ(FormatSddl(descriptor).error().code, ErrorCode::kUnsupported);
  const auto bytes = descriptor.Serialize();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(SecurityDescriptor::Parse(AsBytes(*bytes)), descriptor);
}

TEST(Sddl, ReadsAnEntryAloneAndGivesItTheSidThatItLacks) {
  const Sid users = well_known_sids::kUsers;
  const Ace ace = ParseSddl("D:(XA;;FX;;;BU;(a == 1))")->dacl->aces.front();
  for (const char* text :
       {"XA;;FX;;;;(a == 1)", " (XA;;FX;;; ;(a == 1)) ", "XA;;FX;;;BU;(a == 1)"}) {
    EXPECT_EQ(ParseSddlAce(text, users).value(), ace) << text;
  }
  EXPECT_FALSE(ParseSddlAce("XA;;FX;;;;(a == 1)", std::nullopt));
  for (const char* text : {"(XA;;FX;;;;(a == 1)", "XA;;FX;;;;(a == 1))", "", "AU;;FX;;;WD"}) {
    EXPECT_FALSE(ParseSddlAce(text, users)) << text;
  }
}

}  // namespace
}  // namespace portcullis
