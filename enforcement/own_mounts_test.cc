// SPDX-License-Identifier: Apache-2.0
#include "enforcement/own_mounts.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"
#include "enforcement/file_key.h"

namespace portcullis::enforcement {
namespace {

MountTable Table(const std::string& mountinfo) {
  return MountTable::Parse(mountinfo, {}, BlockDevices("/nowhere"));
}

// The root of this mount namespace, as a table that says of it what the test wants.
class OwnMountsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto root = ReadFileStatus("/");
    ASSERT_TRUE(root);
    if (root->mount == 0) GTEST_SKIP() << "this kernel gives mounts no number of their own";
    number_ = root->mount;
  }
  static OwnMounts Mounts(const std::string& mountinfo) {
    const MountTable table = Table(mountinfo);
    return {table, SlowMounts(table, {})};
  }

  uint64_t number_ = 0;
};

TEST_F(OwnMountsTest, ProveAPathOfTheMountThatItLiesOn) {
  const OwnMounts mounts = Mounts("1 0 8:1 / / rw - ext4 none rw\n");
  EXPECT_TRUE(mounts.Prove("/usr/bin/true", number_));
  EXPECT_TRUE(mounts.Prove("/x", number_));
  EXPECT_FALSE(mounts.Prove("/usr/bin/true", number_ + 1)) << "somebody else's mount";
  EXPECT_FALSE(mounts.Prove("/usr/bin/true", 0));
  EXPECT_FALSE(mounts.Prove("", number_));
  EXPECT_FALSE(mounts.Prove("(unreachable)/usr/bin/true", number_));
}

TEST_F(OwnMountsTest, ProveNothingBelowAnotherMount) {
  const OwnMounts mounts =
      Mounts("1 0 8:1 / / rw - ext4 none rw\n2 1 0:5 / /proc rw - proc proc rw\n");
  EXPECT_FALSE(mounts.Prove("/proc/x", number_));
  EXPECT_TRUE(mounts.Prove("/process", number_));
}

TEST_F(OwnMountsTest, ProveNothingByAFolderThatIsMounted) {
  EXPECT_FALSE(Mounts("1 0 8:1 /srv / rw - ext4 none rw\n").Prove("/x", number_));
}

TEST_F(OwnMountsTest, ProveNothingWhereMountsCoverEachOther) {
  EXPECT_FALSE(
      Mounts("1 0 8:1 / / rw - ext4 none rw\n2 1 8:2 / / rw - xfs none rw\n").Prove("/x", number_));
}

TEST_F(OwnMountsTest, ProveNothingWhereTheMountIsNotReached) {
  const OwnMounts mounts = Mounts("1 0 8:1 / /usr/bin rw - ext4 none rw\n");
  const uint64_t number = ReadFileStatus("/usr/bin").value().mount;
  EXPECT_FALSE(mounts.Prove("/usr/bin/true", number)) << "no mount stands there";
}

TEST_F(OwnMountsTest, LookAtNoSlowMount) {
  EXPECT_FALSE(Mounts("1 0 0:40 / / rw - fuse.x x rw\n").Prove("/x", number_));
}

TEST_F(OwnMountsTest, ProveNothingOfWhatWasDeleted) {
  const OwnMounts mounts = Mounts("1 0 8:1 / / rw - ext4 none rw\n");
  EXPECT_FALSE(mounts.Prove("/tmp/x (deleted)", number_));
}

TEST_F(OwnMountsTest, KnowWhatThisProcessOpens) {
  const auto table = MountTable::OfThisProcess({});
  ASSERT_TRUE(table);
  const OwnMounts mounts(*table, SlowMounts(*table, {}));
  std::string name = ::testing::TempDir() + "own_mounts_XXXXXX";
  const UniqueFd file(mkstemp(name.data()));
  const std::string path = std::filesystem::canonical(name);
  const Mount* const mount = table->Find(path);
  const uint64_t number = ReadFileStatus(file.get()).value().mount;
  EXPECT_EQ(mounts.Prove(path, number), mount->is_whole);
  unlink(name.c_str());
}

}  // namespace
}  // namespace portcullis::enforcement
