// SPDX-License-Identifier: Apache-2.0
#include "host/local_accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis {
namespace {

using ::testing::ElementsAre;

LocalAccounts Files() {
  return {ParsePasswd("root:x:0:0:root:/root:/bin/bash\n"
                      "alice:x:1000:1000:,,,:/home/alice:/usr/bin/zsh\n"
                      "bob:x:1001:27::/home/bob:\n"
                      "bad:x:minus:0::/:/bin/sh\n"
                      "short:x:1\n"
                      ":x:7:7:::/bin/sh\n"
                      "long:x:8:8:::/bin/sh:more"),
          ParseGroups("root:x:0:\nsudo:x:27:alice,,carol\nbad:x:x:\nshort:x\n")};
}

TEST(LocalAccounts, HaveAnEntryALine) {
  const LocalAccounts files = Files();
  ASSERT_EQ(files.accounts().size(), 3U);
  EXPECT_EQ(files.accounts()[1].uid, 1000U);
  EXPECT_EQ(files.accounts()[1].shell, "/usr/bin/zsh");
  EXPECT_EQ(files.accounts()[2].shell, "/bin/sh") << "an empty one is that";
}

TEST(LocalAccounts, KnowMembersByNameAndByTheirFirstGroup) {
  const LocalAccounts files = Files();
  EXPECT_FALSE(files.IsInGroup(files.accounts()[0], "sudo"));
  EXPECT_TRUE(files.IsInGroup(files.accounts()[1], "sudo"));
  EXPECT_TRUE(files.IsInGroup(files.accounts()[2], "sudo"));
  EXPECT_FALSE(files.IsInGroup(files.accounts()[1], "wheel"));
  EXPECT_THAT(files.FindAccount("alice")->groups, ElementsAre(1000U, 27U));
  EXPECT_FALSE(files.FindAccount("carol"));
  EXPECT_EQ(files.FindGroup("sudo"), 27U);
  EXPECT_EQ(files.FindGroup("bad"), std::nullopt);
  EXPECT_EQ(files.ListAccounts(2).size(), 2U);
}

TEST(LocalAccounts, TakeShellsThatArePaths) {
  EXPECT_THAT(ParseShells("# /bin/no\n/bin/sh\nrelative\n\n/bin/bash"),
              ElementsAre("/bin/sh", "/bin/bash"));
}

TEST(LocalAccounts, AreBounded) {
  std::string text;
  for (size_t i = 0; i < kMaxAccountLines + 10; ++i) text += "/s\n";
  EXPECT_LE(ParseShells(text).size(), kMaxAccountLines);
}

TEST(LocalAccounts, AreEmptyWhereNothingCanBeRead) {
  EXPECT_TRUE(LocalAccounts::Load("/nowhere").accounts().empty());
}

}  // namespace
}  // namespace portcullis
