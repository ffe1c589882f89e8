// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/file_rights.h"

#include <gmock/gmock.h>

namespace portcullis {
namespace {

using ::testing::HasSubstr;

constexpr uint16_t kRead = 4;
constexpr uint16_t kReadWrite = 6;

Writers Account(uint32_t uid, std::vector<uint32_t> groups) {
  Writers writers;
  writers.anybody = false;
  writers.uid = uid;
  writers.groups = std::move(groups);
  return writers;
}

FileRights Mode(uint32_t owner, uint32_t group, uint32_t mode) {
  FileRights rights;
  rights.owner = owner;
  rights.group = group;
  rights.mode = mode;
  return rights;
}

std::string Why(const FileRights& rights, const Writers& writers) {
  return WhyMayWrite(rights, writers).value_or("");
}

TEST(FileRights, LetsWriteByOwnerGroupAndOthers) {
  const Writers alice = Account(1000, {1000, 50});
  EXPECT_EQ(Why(Mode(0, 0, 0755), alice), "");
  EXPECT_EQ(Why(Mode(1000, 0, 0555), alice), "it belongs to user 1000");
  EXPECT_EQ(Why(Mode(1001, 0, 0755), alice), "");
  EXPECT_EQ(Why(Mode(0, 50, 02775), alice), "its mode (2775) lets group 50 write");
  EXPECT_EQ(Why(Mode(0, 51, 0775), alice), "");
  EXPECT_EQ(Why(Mode(0, 0, 01777), alice), "its mode (1777) lets everybody write");
}

// The kernel asks the first class that somebody is in, and no other.
TEST(FileRights, ShutsOutAGroupThatOthersAreBetterOffThan) {
  EXPECT_EQ(Why(Mode(0, 50, 0757), Account(1000, {50})), "");
  EXPECT_NE(Why(Mode(0, 50, 0757), Account(1000, {51})), "");
}

TEST(FileRights, TakesAnybodyForEveryoneButRoot) {
  const Writers anybody;
  EXPECT_EQ(Why(Mode(0, 0, 0755), anybody), "");
  EXPECT_NE(Why(Mode(1000, 0, 0700), anybody), "");
  EXPECT_NE(Why(Mode(0, 0, 0775), anybody), "");
  EXPECT_NE(Why(Mode(0, 0, 0757), anybody), "");
}

TEST(FileRights, NeverAsksAboutRoot) { EXPECT_EQ(Why(Mode(0, 0, 0777), Account(0, {0})), ""); }

TEST(FileRights, AsksTheAclWithItsMask) {
  FileRights rights = Mode(0, 0, 0755);
  const auto acl = [&](AclEntry named, uint16_t mask) {
    rights.acl = {{AclTag::kOwner, 7, 0},
                  named,
                  {AclTag::kGroupOfFile, kRead, 0},
                  {AclTag::kMask, mask, 0},
                  {AclTag::kOther, kRead, 0}};
  };
  const Writers alice = Account(1000, {50});
  acl({AclTag::kUser, kReadWrite, 1000}, kReadWrite);
  EXPECT_EQ(Why(rights, alice), "its ACL lets user 1000 write");
  EXPECT_EQ(Why(rights, Account(1001, {})), "");
  EXPECT_NE(Why(rights, Writers{}), "");
  acl({AclTag::kUser, kReadWrite, 1000}, kRead);
  EXPECT_EQ(Why(rights, alice), "");
  EXPECT_EQ(Why(rights, Writers{}), "");
  acl({AclTag::kGroup, kReadWrite, 50}, kReadWrite);
  EXPECT_EQ(Why(rights, alice), "its ACL lets group 50 write");
  EXPECT_EQ(Why(rights, Account(1000, {51})), "");
}

// A user's own entry shuts out their groups'.
TEST(FileRights, AsksAUsersOwnEntryFirst) {
  FileRights rights = Mode(0, 0, 0777);
  rights.acl = {{AclTag::kUser, kRead, 1000},
                {AclTag::kGroup, kReadWrite, 50},
                {AclTag::kOther, kReadWrite, 0}};
  EXPECT_EQ(Why(rights, Account(1000, {50})), "");
  EXPECT_NE(Why(rights, Account(1001, {50})), "");
}

TEST(FileRights, CountsADoubtAsWritable) {
  FileRights rights = Mode(0, 0, 0700);
  rights.doubt = "its ACL can not be read";
  EXPECT_THAT(Why(rights, Account(1000, {})), HasSubstr("ACL"));
}

}  // namespace
}  // namespace portcullis
