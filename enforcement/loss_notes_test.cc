// SPDX-License-Identifier: Apache-2.0
#include "enforcement/loss_notes.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

TEST(LossNotes, SayEachLossOnceAndNotTooOften) {
  LossNotes notes;
  EXPECT_EQ(notes.Take(0, 0, 1000), "");
  EXPECT_THAT(notes.Take(2, 1, 2000), HasSubstr("overflowed 2 times, and 1 files"));
  EXPECT_EQ(notes.Take(5, 1, 2000 + kNotePeriodNs - 1), "");
  EXPECT_THAT(notes.Take(5, 1, 2000 + kNotePeriodNs), HasSubstr("overflowed 3 times, and 0 files"));
  EXPECT_EQ(notes.Take(5, 1, 2000 + 3 * kNotePeriodNs), "");
}

}  // namespace
}  // namespace portcullis::enforcement
