// SPDX-License-Identifier: Apache-2.0
#include "enforcement/descriptor_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace portcullis::enforcement {
namespace {

// In a child: it can not be undone.
int SoftLimitAfterRaising(rlim_t soft, rlim_t hard, int& returned, int most = 1000) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit before{soft, hard};
    rlimit after{};
    int values[2] = {-1, -1};
    if (setrlimit(RLIMIT_NOFILE, &before) == 0) values[0] = RaiseDescriptorLimit(most);
    if (getrlimit(RLIMIT_NOFILE, &after) == 0) values[1] = static_cast<int>(after.rlim_cur);
    _exit(write(ends[1], values, sizeof(values)) == sizeof(values) ? 0 : 1);
  }
  int values[2] = {-1, -1};
  EXPECT_EQ(read(ends[0], values, sizeof(values)), static_cast<ssize_t>(sizeof(values)));
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
  returned = values[0];
  return values[1];
}

TEST(DescriptorLimit, IsRaisedToWhatTheProcessMayHave) {
  int returned = 0;
  EXPECT_EQ(SoftLimitAfterRaising(256, 512, returned), 512);
  EXPECT_EQ(returned, 512);
}

TEST(DescriptorLimit, IsNoHigherThanWhatASweepTries) {
  int returned = 0;
  EXPECT_EQ(SoftLimitAfterRaising(256, 512, returned, 400), 400);
  EXPECT_EQ(returned, 400);
}

}  // namespace
}  // namespace portcullis::enforcement
