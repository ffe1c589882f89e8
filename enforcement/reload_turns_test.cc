// SPDX-License-Identifier: Apache-2.0
#include "enforcement/reload_turns.h"

#include <gtest/gtest.h>

namespace portcullis::enforcement {
namespace {

TEST(ReloadTurns, OneRequestIsReadThenOrdered) {
  ReloadTurns turns;
  EXPECT_EQ(turns.Want(), 1U);
  EXPECT_TRUE(turns.BeginReading());
  EXPECT_FALSE(turns.EndReading());
  EXPECT_TRUE(turns.BeginOrder());
  EXPECT_EQ(turns.EndOrder(), 1U);
  EXPECT_FALSE(turns.TakeNextOrder());
}

TEST(ReloadTurns, WhatComesWhileAnchorsAreReadIsReadOnceMore) {
  ReloadTurns turns;
  turns.Want();
  EXPECT_TRUE(turns.BeginReading());
  turns.Want();
  EXPECT_FALSE(turns.BeginReading());
  turns.Want();
  EXPECT_FALSE(turns.BeginReading());
  EXPECT_TRUE(turns.EndReading());
  EXPECT_TRUE(turns.BeginOrder());
  EXPECT_TRUE(turns.BeginReading());
  EXPECT_EQ(turns.EndOrder(), 1U) << "the order began before the others' anchors were read";
  EXPECT_FALSE(turns.EndReading());
  EXPECT_TRUE(turns.BeginOrder());
  EXPECT_EQ(turns.EndOrder(), 3U);
}

TEST(ReloadTurns, WhatComesWhileTheGateObeysIsOrderedOnceMore) {
  ReloadTurns turns;
  for (int i = 0; i < 3; ++i) {
    turns.Want();
    EXPECT_TRUE(turns.BeginReading());
    EXPECT_FALSE(turns.EndReading());
    EXPECT_EQ(turns.BeginOrder(), i == 0);
  }
  EXPECT_EQ(turns.EndOrder(), 1U);
  EXPECT_TRUE(turns.TakeNextOrder());
  EXPECT_FALSE(turns.TakeNextOrder());
  EXPECT_TRUE(turns.BeginOrder());
  EXPECT_EQ(turns.EndOrder(), 3U);
}

TEST(ReloadTurns, AGateThatBeginsDoesWhatItsPredecessorWasTold) {
  ReloadTurns turns;
  turns.Want();
  turns.BeginReading();
  turns.EndReading();
  EXPECT_TRUE(turns.BeginOrder());
  turns.Want();  // asked for while the gate dies
  turns.GateBegins();
  EXPECT_EQ(turns.began_with(), 1U) << "the second's anchors are not read yet";
  EXPECT_TRUE(turns.BeginReading());
  EXPECT_FALSE(turns.EndReading());
  EXPECT_TRUE(turns.BeginOrder()) << "the order to the dead gate keeps nobody waiting";
  EXPECT_EQ(turns.EndOrder(), 2U);
}

}  // namespace
}  // namespace portcullis::enforcement
