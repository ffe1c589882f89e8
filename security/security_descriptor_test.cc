// SPDX-License-Identifier: Apache-2.0
#include "security/security_descriptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis {
namespace {

using ::testing::HasSubstr;

// Owner BA, no group, an empty DACL.
const char* const kPlain =
    "01000480 1c000000 00000000 00000000 14000000 0200080000000000 "
    "01020000000000052000000020020000";

std::string WithoutSpaces(std::string_view hex) {
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  return digits;
}
// `hex` from byte `byte` on replaced.
std::string With(std::string_view hex, size_t byte, std::string_view change) {
  return std::string(hex.substr(0, byte * 2)) + std::string(change) +
         std::string(hex.substr(std::min(hex.size(), byte * 2 + change.size())));
}
std::string Changed(size_t byte, std::string_view hex) {
  return *FromHex(With(WithoutSpaces(kPlain), byte, hex));
}

void ExpectRefused(const std::string& bytes, const char* why) {
  const auto descriptor = SecurityDescriptor::Parse(AsBytes(bytes));
  ASSERT_FALSE(descriptor) << why;
  EXPECT_THAT(descriptor.error().message, HasSubstr(why));
}

TEST(SecurityDescriptor, ReadsAndWritesTheSelfRelativeForm) {
  const auto descriptor = SecurityDescriptor::Parse(AsBytes(*FromHex(WithoutSpaces(kPlain))));
  ASSERT_TRUE(descriptor) << descriptor.error().message;
  EXPECT_EQ(descriptor->owner, well_known_sids::kAdministrators);
  EXPECT_TRUE(descriptor->dacl->aces.empty());
  EXPECT_EQ(HexLower(AsBytes(*descriptor->Serialize())), WithoutSpaces(kPlain));
}

TEST(SecurityDescriptor, RefusesAHeaderThatLies) {
  ExpectRefused(Changed(0, "02"), "revision 2");
  ExpectRefused(Changed(2, "0400"), "not self-relative");
  ExpectRefused(Changed(4, "04000000"), "the owner at offset 4 would be in the header");
  ExpectRefused(Changed(4, "ffffffff"), "the owner at offset 4294967295 is past the end at 44");
  ExpectRefused(Changed(16, "16000000"), "the DACL at offset 22 is not aligned");
  ExpectRefused(Changed(16, "10000000"), "the DACL at offset 16 would be in the header");
  ExpectRefused(Changed(2, "0080"), "an offset of a DACL without the flag");
  ExpectRefused(Changed(28, "02"), "SID at offset 28: revision 2");
  ExpectRefused(Changed(29, "10"), "16 sub-authorities");
  ExpectRefused(Changed(29, "03"), "wants");
  ExpectRefused(FromHex(WithoutSpaces(kPlain))->substr(0, 19), "wants");
}

TEST(SecurityDescriptor, RefusesAnAclThatLies) {
  ExpectRefused(Changed(20, "03"), "ACL at offset 20: revision 3");
  ExpectRefused(Changed(22, "0700"), "ACL at offset 20: a size of 7");
  ExpectRefused(Changed(22, "ff00"), "ACL at offset 20: a size of 255 where 24 bytes are left");
  ExpectRefused(Changed(22, "1800"), "bytes behind the last ACE");
  ExpectRefused(Changed(24, "0100"), "wants");
}

// The DACL has one ACE that allows Everyone; `ace` replaces its beginning.
void ExpectAceRefused(std::string_view ace, const char* why) {
  const std::string hex =
      "0100048000000000000000000000000014000000 02001c0001000000 00001400 ff011f00 "
      "010100000000000100000000";
  ExpectRefused(*FromHex(With(WithoutSpaces(hex), 28, ace)), why);
}

TEST(SecurityDescriptor, RefusesAnAceThatLies) {
  ExpectAceRefused("00000000", "ACE at offset 28: a size of 0");
  ExpectAceRefused("00001300", "ACE at offset 28: a size of 19");
  ExpectAceRefused("00001800", "ACE at offset 28: a size of 24 where 20 bytes are left");
  ExpectAceRefused("00001000", "wants");
  ExpectAceRefused("00001400ff011f000100", "4 bytes behind the SID");
  ExpectAceRefused("05001400ff011f00ff000000", "object flags 0xff are unknown");
  ExpectAceRefused("12001400ff011f000100", "resource attribute");
}

TEST(SecurityDescriptor, RefusesAResourceAttributeThatLies) {
  const auto refuse = [](std::string_view attribute, const char* why) {
    std::string hex = WithoutSpaces(
        "01001080000000000000000014000000 00000000 0200400001000000 12003800 00000000 "
        "010100000000000100000000");
    hex += WithoutSpaces(attribute);
    hex.resize(2 * 84, '0');
    ExpectRefused(*FromHex(hex), why);
  };
  refuse("18000000 0300 0000 00000000 02000000 18000000 18000000 6100 6100 6100 6100 0000",
         "values that share their bytes");
  refuse("14000000 0700 0000 00000000 00000000 61000000", "type 7 is unknown");
  refuse("10000000 0300 0000 00000000 ffffff00 61000000", "16777215 values");
  refuse("04000000 0300 0000 00000000 00000000 61000000", "points into the head");
  refuse("ff000000 0300 0000 00000000 00000000 61000000", "points past the end");
  refuse("10000000 0300 0000 00000000 00000000 00000000", "no name");
  refuse("14000000 0600 0000 00000000 01000000 18000000 61000000 02000000", "neither 0 nor 1");
  refuse("14000000 0500 0000 00000000 01000000 18000000 61000000 ffffffff", "wants");
}

}  // namespace
}  // namespace portcullis
