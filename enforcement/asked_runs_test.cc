// SPDX-License-Identifier: Apache-2.0
#include "enforcement/asked_runs.h"

#include <gtest/gtest.h>

namespace portcullis::enforcement {
namespace {

constexpr FileKey kFile{1, 2, 3, 4, 5};
constexpr int64_t kPatience = 100;

TEST(AskedRuns, KnowsWhatFollowsFromARunThatWasAskedAbout) {
  AskedRuns runs(kPatience);
  runs.Asked(7, kFile, 10);
  EXPECT_TRUE(runs.Take(7, kFile, 20));
  EXPECT_FALSE(runs.Take(7, kFile, 20)) << "the next run was not asked about";
}

TEST(AskedRuns, TellsThreadsAndFilesApart) {
  AskedRuns runs(kPatience);
  runs.Asked(7, kFile, 10);
  FileKey other = kFile;
  other.inode = 9;
  EXPECT_FALSE(runs.Take(8, kFile, 20));
  EXPECT_FALSE(runs.Take(7, other, 20));
  FileKey touched = kFile;
  touched.changed_ns = 9;
  EXPECT_TRUE(runs.Take(7, touched, 20)) << "it was touched while it was judged";
}

TEST(AskedRuns, ForgetsAQuestionThatNothingFollowed) {
  AskedRuns runs(kPatience);
  runs.Asked(7, kFile, 10);
  EXPECT_FALSE(runs.Take(7, kFile, 111));
}

TEST(AskedRuns, KeepsTheLatestOfTooMany) {
  AskedRuns runs(kPatience);
  for (pid_t tid = 1; tid <= static_cast<pid_t>(kMaxAskedRuns) + 1; ++tid) {
    runs.Asked(tid, kFile, 10);
  }
  EXPECT_FALSE(runs.Take(1, kFile, 10));
  EXPECT_TRUE(runs.Take(2, kFile, 10));
  EXPECT_TRUE(runs.Take(static_cast<pid_t>(kMaxAskedRuns) + 1, kFile, 10));
}

}  // namespace
}  // namespace portcullis::enforcement
