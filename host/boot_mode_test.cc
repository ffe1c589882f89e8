// SPDX-License-Identifier: Apache-2.0
#include "host/boot_mode.h"

#include <gtest/gtest.h>

namespace portcullis {
namespace {

TEST(BootModeOf, KnowsTheWordsOfInit) {
  EXPECT_EQ(BootModeOf("root=/dev/vda1 ro quiet"), BootMode::kNormal);
  EXPECT_EQ(BootModeOf("root=/dev/vda1 systemd.unit=rescue.target\n"), BootMode::kRescue);
  EXPECT_EQ(BootModeOf("quiet single"), BootMode::kRescue);
  EXPECT_EQ(BootModeOf("1 quiet"), BootMode::kRescue);
  EXPECT_EQ(BootModeOf("systemd.unit=emergency.target"), BootMode::kEmergency);
  EXPECT_EQ(BootModeOf("-b"), BootMode::kEmergency);
}

TEST(BootModeOf, TakesTheLastWordThatSaysSo) {
  EXPECT_EQ(BootModeOf("single systemd.unit=multi-user.target"), BootMode::kNormal);
  EXPECT_EQ(BootModeOf("systemd.unit=multi-user.target rescue"), BootMode::kRescue);
}

TEST(BootModeOf, DoesNotTakePartsOfWords) {
  EXPECT_EQ(BootModeOf("init=/sbin/single rescue=1 console=ttyS1"), BootMode::kNormal);
  EXPECT_EQ(BootModeOf("quiet -- single"), BootMode::kNormal);
  EXPECT_EQ(BootModeOf(""), BootMode::kNormal);
}

}  // namespace
}  // namespace portcullis
