// SPDX-License-Identifier: Apache-2.0
#include "enforcement/kernel_features.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace portcullis::enforcement {
namespace {

TEST(KernelVersion, ReadsReleasesOfDistributions) {
  EXPECT_EQ(KernelVersion::Parse("6.1.0-56-amd64"), (KernelVersion{6, 1}));
  EXPECT_EQ(KernelVersion::Parse("6.18.44"), (KernelVersion{6, 18}));
  EXPECT_EQ(KernelVersion::Parse("7.0-rc3"), (KernelVersion{7, 0}));
  EXPECT_EQ(KernelVersion::Parse("5"), (KernelVersion{5, 0}));
  EXPECT_EQ(KernelVersion::Parse("next"), (KernelVersion{0, 0}));
}

TEST(KernelVersion, ComparesByNumbers) {
  EXPECT_LT((KernelVersion{6, 9}), (KernelVersion{6, 13}));
  EXPECT_LT((KernelVersion{6, 18}), (KernelVersion{7, 0}));
}

TEST(KernelFeatures, FindsWhatEveryLinuxSince61Has) {
  const KernelFeatures features = KernelFeatures::Probe();
  if (features.version < KernelVersion{6, 1}) GTEST_SKIP() << "kernel older than 6.1";
  EXPECT_TRUE(features.leases);
  if (!features.permission_events) GTEST_SKIP() << "no permission events here";
  EXPECT_TRUE(features.unlimited_queue);
  EXPECT_TRUE(features.thread_ids);
  EXPECT_TRUE(features.evictable_marks);
}

TEST(KernelFeatures, FindsWhatThisVersionBrought) {
  const KernelFeatures features = KernelFeatures::Probe();
  if (!features.permission_events) GTEST_SKIP() << "no permission events here";
  EXPECT_EQ(features.pidfd_info, (features.version >= KernelVersion{6, 13}));
  EXPECT_EQ(features.execve_check, (features.version >= KernelVersion{6, 14}));
  EXPECT_EQ(features.deny_with_errno, (features.version >= KernelVersion{6, 14}));
  EXPECT_EQ(features.open_errors, (features.version >= KernelVersion{6, 13}));
  EXPECT_EQ(features.mount_events, (features.version >= KernelVersion{6, 15}));
}

TEST(KernelFeatures, DescribesEachWithWhatIsDoneWithoutIt) {
  KernelFeatures none;
  for (const FeatureReport& report : Describe(none)) {
    EXPECT_FALSE(report.present) << report.name;
    EXPECT_NE(std::string_view(report.without), "") << report.name;
  }
  KernelFeatures some;
  some.leases = true;
  int present = 0;
  for (const FeatureReport& report : Describe(some)) present += report.present ? 1 : 0;
  EXPECT_EQ(present, 1);
}

}  // namespace
}  // namespace portcullis::enforcement
