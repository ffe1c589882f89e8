// SPDX-License-Identifier: Apache-2.0
#include "enforcement/mount_watch.h"

#include <string>
#include <vector>

namespace portcullis::enforcement {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MarkTargets TargetsOf(const std::string& mountinfo) {
  return FileSystemsToMark(MountTable::Parse(mountinfo, {"nfs4"}, BlockDevices("/nowhere")), {});
}

TEST(FileSystemsToMark, TakesEveryMountThatCanHoldPrograms) {
  const MarkTargets targets = TargetsOf(
      "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "21 20 0:5 / /proc rw - proc proc rw\n"
      "22 20 8:1 /srv /bound rw - ext4 /dev/sda1 rw\n"
      "23 20 0:30 / /net rw - nfs4 server:/ rw\n");
  EXPECT_THAT(targets.points, ElementsAre("/", "/bound"));
  ASSERT_EQ(targets.unmarked.size(), 1U);
  EXPECT_EQ(targets.unmarked[0].point, "/net");
}

// Of FUSE any user chooses the source.
TEST(FileSystemsToMark, LosesNoneToAFuseThatClaimsItsSource) {
  const MarkTargets targets = TargetsOf(
      "20 1 0:40 / /home/u/fake rw - fuse.x /dev/sdb1 rw\n"
      "21 1 0:40 / /media/stick rw - btrfs /dev/sdb1 rw\n"
      "22 1 8:17 / /media/other rw - ext4 /dev/sdb1 rw\n"
      "23 1 8:17 / /media/again rw - ext4 /dev/sdb1 rw\n");
  EXPECT_THAT(targets.points, ElementsAre("/media/stick", "/media/other", "/media/again"));
}

TEST(FileSystemsToMark, DoesNotTakeACoverForWhatItCovers) {
  const MarkTargets targets = TargetsOf(
      "20 1 8:17 / /home/u rw - ext4 /dev/sdb1 rw\n"
      "21 20 0:40 / /home/u rw - fuse.x x rw\n");
  EXPECT_THAT(targets.points, IsEmpty());
  ASSERT_EQ(targets.unmarked.size(), 1U);
  EXPECT_THAT(targets.unmarked[0].reason, ::testing::HasSubstr("FUSE"));
}

TEST(MarkedFileSystems, SaysWhichOfThoseThatMustBeMarkedIsNot) {
  auto permission = FanotifyGroup::Create(GroupKind::kPermission);
  auto notification = FanotifyGroup::Create(GroupKind::kNotification);
  if (!permission || !notification) GTEST_SKIP() << "only root may watch file systems";
  MarkedFileSystems marks(*permission, *notification);
  MarkTargets targets;
  targets.points = {"/proc", "/mistyped"};
  EXPECT_TRUE(marks.Set(Watching::kObserving, MarkedEvents::kExec, targets));
  targets.must_all = true;
  const auto marked = marks.Set(Watching::kObserving, MarkedEvents::kExec, targets);
  ASSERT_FALSE(marked);
  EXPECT_THAT(marked.error().message, ::testing::HasSubstr("/mistyped can not be watched: "));
}

}  // namespace
}  // namespace portcullis::enforcement
