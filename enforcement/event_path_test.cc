// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"
#include "enforcement/true_path.h"

namespace portcullis::enforcement {
namespace {

class EventPathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "event_path_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = std::filesystem::canonical(name);
    std::ofstream(directory_ + "/tool") << "tool";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  EventPath Find(const std::string& name, Patience patience = Patience::kMayWait,
                 const Surroundings& around = {}) {
    const UniqueFd fd(open((directory_ + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    return FindOpen(fd.get(), patience, around);
  }
  EventPath FindOpen(int fd, Patience patience = Patience::kMayWait,
                     const Surroundings& around = {}) {
    return finder_.Find(fd, ReadFileStatus(fd).value(), getpid(), around, patience);
  }

  std::string directory_;
  EventPathFinder finder_;
};

TEST_F(EventPathTest, VerifiesWhatStandsThere) {
  for (const Patience patience : {Patience::kMayWait, Patience::kNone}) {
    const EventPath path = Find("tool", patience);
    EXPECT_EQ(path.verified, directory_ + "/tool");
    EXPECT_EQ(path.seen, path.verified);
    EXPECT_EQ(path.Name(), "tool");
    EXPECT_TRUE(path.is_settled);
    EXPECT_FALSE(path.other_root);
  }
}

TEST_F(EventPathTest, ClaimsWhatIsAnotherFile) {
  const UniqueFd fd(open((directory_ + "/tool").c_str(), O_RDONLY | O_CLOEXEC));
  FileStatus other = ReadFileStatus(fd.get()).value();
  other.key.inode += 1;
  const EventPath path = finder_.Find(fd.get(), other, getpid(), {}, Patience::kMayWait);
  EXPECT_EQ(path.verified, "");
  EXPECT_EQ(path.seen, directory_ + "/tool");
  EXPECT_FALSE(finder_.Find(fd.get(), other, getpid(), {}, Patience::kNone).is_settled);
}

// What the kernel says of a file of a mount that is known here needs no look.
TEST_F(EventPathTest, VerifiesByTheMountAlone) {
  const MountTable table = MountTable::OfThisProcess({}).value();
  Surroundings around;
  around.mounts = {table, SlowMounts(table, {})};
  const UniqueFd fd(open((directory_ + "/tool").c_str(), O_RDONLY | O_CLOEXEC));
  FileStatus status = ReadFileStatus(fd.get()).value();
  if (status.mount == 0 || !table.Find(directory_)->is_whole) {
    GTEST_SKIP() << "nothing is proved by this kernel, or of this folder";
  }
  status.key.inode += 1;  // were it looked at, it would be another file
  const auto find = [&] {
    return finder_.Find(fd.get(), status, getpid(), around, Patience::kNone).verified;
  };
  EXPECT_EQ(find(), directory_ + "/tool");
  status.mount += 1;
  EXPECT_EQ(find(), "");
}

// As an asker may make any path up, it would be he who chooses whom the service waits for.
TEST_F(EventPathTest, LooksAtNothingBelowASlowMount) {
  Surroundings around;
  around.slow = {MountTable::Parse("20 1 0:40 / " + directory_ + " rw - fuse.x x rw\n", {},
                                   BlockDevices("/nowhere")),
                 {}};
  for (const Patience patience : {Patience::kMayWait, Patience::kNone}) {
    const EventPath path = Find("tool", patience, around);
    EXPECT_EQ(path.verified, "");
    EXPECT_EQ(path.seen, directory_ + "/tool");
  }
  std::filesystem::create_directory(directory_ + "/lower");
  std::ofstream(directory_ + "/lower/tool") << "tool";
  const OverlayLayers layers = OverlayLayers::Parse(
      "1 1 0:1 / " + directory_ + " rw - overlay none rw,lowerdir=" + directory_ + "/lower\n");
  const FileKey file = LookAt(directory_ + "/lower/tool", Lookup::kMayWait).value().key;
  EXPECT_FALSE(layers.Find("/tool", file, around.slow));
}

TEST_F(EventPathTest, ClaimsWhereADeletedFileStood) {
  const UniqueFd fd(open((directory_ + "/tool").c_str(), O_RDONLY | O_CLOEXEC));
  std::filesystem::remove(directory_ + "/tool");
  const EventPath path = FindOpen(fd.get());
  EXPECT_EQ(path.verified, "");
  EXPECT_EQ(path.seen, directory_ + "/tool");
}

TEST_F(EventPathTest, VerifiesANameThatEndsAsIfItWereDeleted) {
  std::ofstream(directory_ + "/x (deleted)") << "x";
  EXPECT_EQ(Find("x (deleted)").verified, directory_ + "/x (deleted)");
}

TEST_F(EventPathTest, FollowsNoLinkToVerify) {
  std::filesystem::create_symlink("tool", directory_ + "/link");
  EXPECT_EQ(Find("link").verified, directory_ + "/tool");
  EXPECT_FALSE(LookAt(directory_ + "/link/", Lookup::kMayWait));
  std::filesystem::create_directory_symlink(directory_, directory_ + "/loop");
  const auto through_link = LookAt(directory_ + "/loop/tool", Lookup::kMayWait);
  ASSERT_FALSE(through_link);
  EXPECT_EQ(through_link.error().code, ErrorCode::kNotFound);
}

TEST_F(EventPathTest, LooksBelowARootWithoutLeavingIt) {
  const UniqueFd root(open(directory_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_TRUE(LookAtBelow(root.get(), "/tool"));
  EXPECT_TRUE(LookAtBelow(root.get(), "/../tool"));
  EXPECT_FALSE(LookAtBelow(root.get(), directory_ + "/tool"));
}

TEST(SpellingsOf, KeepsVerifiedAndClaimedApart) {
  const PathSpeller speller(HostConfig::Default(), {}, {});
  EventPath path;
  path.seen = "/usr/bin/passwd";
  const auto claimed = SpellingsOf(path, speller);
  ASSERT_FALSE(claimed.empty());
  EXPECT_TRUE(std::ranges::none_of(claimed, &PathSpelling::verified));
  EXPECT_NE(std::ranges::find(claimed, "%SYSTEM32%/passwd", &PathSpelling::text), claimed.end());

  path.in_container = "%CONTAINER%/usr/bin/passwd";
  int verified = 0;
  for (const PathSpelling& spelling : SpellingsOf(path, speller)) {
    if (!spelling.verified) continue;
    ++verified;
    EXPECT_EQ(spelling.text, path.in_container);
  }
  EXPECT_EQ(verified, 1);

  path.verified = "/usr/bin/passwd";
  const auto all = SpellingsOf(path, speller);
  EXPECT_TRUE(std::ranges::all_of(all, &PathSpelling::verified));
  EXPECT_NE(std::ranges::find(all, "%WINDIR%/bin/passwd", &PathSpelling::text), all.end());
}

TEST(EventPath, HasAnotherKeyForEverySpelling) {
  EventPath claimed;
  claimed.seen = "/usr/bin/passwd";
  EventPath verified = claimed;
  verified.verified = claimed.seen;
  EventPath contained = claimed;
  contained.in_container = "%CONTAINER%/usr/bin/passwd";
  EXPECT_NE(claimed.Key(), verified.Key());
  EXPECT_NE(claimed.Key(), contained.Key());
  EXPECT_NE(verified.Key(), contained.Key());
}

// A verdict from before a mount was known is not used after.
TEST_F(EventPathTest, HasAnotherKeyAfterTheMountsChanged) {
  Surroundings around;
  const std::string before = Find("tool", Patience::kMayWait, around).Key();
  EXPECT_EQ(Find("tool", Patience::kNone, around).Key(), before);
  ++around.version;
  EXPECT_NE(Find("tool", Patience::kMayWait, around).Key(), before);
}

TEST(OverlayLayers, ReadsMountinfo) {
  const auto layers = OverlayLayers::Parse(
      "21 1 0:20 / / rw - overlay overlay rw,lowerdir=/l/a:/l/b,upperdir=/u,workdir=/w\n"
      "22 1 0:21 / /x\\040y rw shared:1 - overlay none rw,lowerdir=/l/c\\134:d\n"
      "23 1 0:22 / /t rw - tmpfs tmpfs rw\n"
      "broken\n");
  const std::vector<OverlayMount> expected = {{"", {"/u", "/l/a", "/l/b"}}, {"/x y", {"/l/c:d"}}};
  EXPECT_EQ(layers.mounts(), expected);
}

TEST_F(EventPathTest, FindsAnOverlaysFileThroughItsLayers) {
  for (const char* name : {"upper", "lower", "merged"}) {
    std::filesystem::create_directory(directory_ + "/" + name);
  }
  std::ofstream(directory_ + "/lower/tool") << "tool";
  // As the overlay would show it: with the times of the layer's file.
  std::filesystem::copy(directory_ + "/lower/tool", directory_ + "/merged/tool");
  const FileStatus below = LookAt(directory_ + "/lower/tool", Lookup::kMayWait).value();
  const timespec modified{below.key.modified_ns / 1'000'000'000,
                          below.key.modified_ns % 1'000'000'000};
  const std::array times = {modified, modified};
  ASSERT_EQ(utimensat(AT_FDCWD, (directory_ + "/merged/tool").c_str(), times.data(), 0), 0);
  const auto layers = OverlayLayers::Parse("1 1 0:1 / " + directory_ +
                                           "/merged rw - overlay none rw,lowerdir=" + directory_ +
                                           "/lower,upperdir=" + directory_ + "/upper\n");
  const auto found = layers.Find("/tool", below.key, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, directory_ + "/merged/tool");
  // Another file in the upper layer hides it.
  std::ofstream(directory_ + "/upper/tool") << "other";
  EXPECT_FALSE(layers.Find("/tool", below.key, {}));
}

}  // namespace
}  // namespace portcullis::enforcement
