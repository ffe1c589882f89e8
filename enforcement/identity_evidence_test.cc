// SPDX-License-Identifier: Apache-2.0
#include "enforcement/identity_evidence.h"

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace portcullis::enforcement {
namespace {

constexpr int64_t kChanged = 1'700'000'000'123'456'789;

IdentityEvidence Good() {
  IdentityEvidence evidence;
  evidence.key = {1, 2, 3, kChanged, kChanged};
  evidence.hashing = Hashing::kWithoutSha1;
  evidence.trust_generation = 7;
  evidence.is_leased = true;
  evidence.times_show_writes = true;
  evidence.seen_ns = kChanged + kClockTickNs;
  return evidence;
}

IdentityEvidence Wanted() {
  IdentityEvidence wanted;
  wanted.key = Good().key;
  wanted.hashing = Hashing::kWithoutSha1;
  wanted.trust_generation = 7;
  wanted.is_leased = true;
  return wanted;
}

TEST(IdentityEvidence, CoversTheSameStateLookedAtInTheSameWay) {
  EXPECT_TRUE(Good().Covers(Wanted()));
}

TEST(IdentityEvidence, CoversNoOtherStateOfTheFile) {
  IdentityEvidence wanted = Wanted();
  wanted.key.changed_ns += 1;
  EXPECT_FALSE(Good().Covers(wanted));
}

TEST(IdentityEvidence, OfNoLeaseCoversNobodyWhoWaits) {
  IdentityEvidence known = Good();
  known.is_leased = false;
  EXPECT_FALSE(known.Covers(Wanted()));
  IdentityEvidence wanted = Wanted();
  wanted.is_leased = false;
  EXPECT_TRUE(known.Covers(wanted));
}

TEST(IdentityEvidence, WithoutSha1CoversNoPolicyThatAsksForIt) {
  IdentityEvidence wanted = Wanted();
  wanted.hashing = Hashing::kAll;
  EXPECT_FALSE(Good().Covers(wanted));
  IdentityEvidence known = Good();
  known.hashing = Hashing::kAll;
  EXPECT_TRUE(known.Covers(wanted));
  EXPECT_TRUE(known.Covers(Wanted()));
}

TEST(IdentityEvidence, OfOtherAnchorsCoversNothing) {
  for (const uint64_t generation : {6U, 8U}) {
    IdentityEvidence wanted = Wanted();
    wanted.trust_generation = generation;
    EXPECT_FALSE(Good().Covers(wanted)) << generation;
  }
}

TEST(IdentityEvidence, OfAFileSystemThatHidesWritesCoversRootOnlyFilesAlone) {
  IdentityEvidence known = Good();
  known.times_show_writes = false;
  EXPECT_FALSE(known.Covers(Wanted()));
  known.is_root_only = true;
  EXPECT_TRUE(known.Covers(Wanted()));
}

TEST(IdentityEvidence, OfAFileThatJustChangedCoversNothing) {
  IdentityEvidence known = Good();
  known.seen_ns -= 1;
  EXPECT_FALSE(known.Covers(Wanted()));
  known.is_root_only = true;
  EXPECT_FALSE(known.Covers(Wanted())) << "its owner may have changed as well";
}

TEST(IdentityEvidence, OfTimesInWholeSecondsWaitsForTheNext) {
  IdentityEvidence known = Good();
  IdentityEvidence wanted = Wanted();
  known.key.changed_ns = wanted.key.changed_ns = 1'700'000'000'000'000'000;
  known.seen_ns = known.key.changed_ns + kCoarseStampNs - 1;
  EXPECT_FALSE(known.Covers(wanted));
  ++known.seen_ns;
  EXPECT_TRUE(known.Covers(wanted));
}

TEST(IdentityEvidence, BelievesNoTimeThatIsYetToCome) {
  IdentityEvidence known = Good();
  IdentityEvidence wanted = Wanted();
  known.key.changed_ns = wanted.key.changed_ns = INT64_MAX;
  EXPECT_FALSE(known.Covers(wanted));
  known.key.changed_ns = wanted.key.changed_ns = INT64_MIN;
  EXPECT_TRUE(known.Covers(wanted)) << "nothing overflows";
}

TEST(IdentityEvidence, BelievesTheFileSystemsThatShowEveryWrite) {
  for (const uint32_t magic :
       {uint32_t{EXT4_SUPER_MAGIC}, uint32_t{XFS_SUPER_MAGIC}, uint32_t{BTRFS_SUPER_MAGIC}}) {
    EXPECT_TRUE(FileSystemShowsEveryWrite(magic)) << magic;
  }
  for (const uint32_t magic :
       {uint32_t{TMPFS_MAGIC}, uint32_t{RAMFS_MAGIC}, uint32_t{HUGETLBFS_MAGIC},
        uint32_t{MSDOS_SUPER_MAGIC}, uint32_t{F2FS_SUPER_MAGIC}, uint32_t{OVERLAYFS_SUPER_MAGIC},
        uint32_t{NFS_SUPER_MAGIC}, uint32_t{FUSE_SUPER_MAGIC}}) {
    EXPECT_FALSE(FileSystemShowsEveryWrite(magic)) << magic;
  }
}

TEST(IdentityEvidence, BelievesNoMemoryFileAndNothingThatIsClosed) {
  const UniqueFd file(memfd_create("file", MFD_CLOEXEC));
  EXPECT_FALSE(TimesShowEveryWrite(file.get()));
  EXPECT_FALSE(TimesShowEveryWrite(-1));
}

}  // namespace
}  // namespace portcullis::enforcement
