// SPDX-License-Identifier: Apache-2.0
#include "enforcement/control_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

TEST(ControlLink, ReadsWhatItWrites) {
  for (const uint64_t number : {uint64_t{1}, uint64_t{1} << 40, ~uint64_t{0}}) {
    EXPECT_EQ(DecodeReloadRequest(AsBytes(EncodeReloadRequest(number))), number);
  }
  const ReloadOutcome done{3, 12, true, ""};
  const ReloadOutcome refused{4, 12, false, "policy.xml: line 3: no\nnewline"};
  for (const ReloadOutcome& outcome : {done, refused}) {
    const auto read = DecodeOutcome(AsBytes(EncodeOutcome(outcome)));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, outcome);
  }
}

TEST(ControlLink, RefusesWhatIsNoMessage) {
  for (const std::string& packet : {std::string(), std::string("\1"), EncodeReloadRequest(1) + "x",
                                    EncodeReloadRequest(0), std::string(9, '\2')}) {
    EXPECT_FALSE(DecodeReloadRequest(AsBytes(packet))) << packet.size();
    EXPECT_FALSE(DecodeOutcome(AsBytes(packet))) << packet.size();
  }
  const auto refused = DecodeOutcome(AsBytes(std::string(17, '\7')));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not understood"));
}

TEST(ControlLink, CutsALongReason) {
  const auto read = DecodeOutcome(AsBytes(EncodeOutcome({1, 1, false, std::string(9000, 'x')})));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->why.size(), kMaxOutcomeText);
}

TEST(ControlDesk, GivesEachRequestATicketOnce) {
  ControlDesk desk(nullptr);
  EXPECT_FALSE(desk.is_asked());
  desk.Hear(AsBytes(EncodeReloadRequest(1)));
  desk.Hear(AsBytes(EncodeReloadRequest(2)));
  EXPECT_TRUE(desk.is_asked());
  desk.Ticket(10);
  EXPECT_FALSE(desk.is_asked());
  desk.Hear(AsBytes(EncodeReloadRequest(1)));  // an old number, and noise
  desk.Hear(AsBytes("noise"));
  EXPECT_FALSE(desk.is_asked());
}

TEST(ControlDesk, AnswersUpToATicket) {
  ControlDesk desk(nullptr);
  for (uint64_t number = 1; number <= 3; ++number) {
    desk.Hear(AsBytes(EncodeReloadRequest(number)));
    desk.Ticket(10 * number);
  }
  EXPECT_EQ(desk.TakeUpTo(5), 0U);
  EXPECT_EQ(desk.TakeUpTo(20), 2U);
  EXPECT_EQ(desk.TakeUpTo(20), 0U);
  EXPECT_EQ(desk.TakeUpTo(99), 3U);
}

TEST(ControlDesk, KeepsNoMoreThanItsLimitAndAnswersThemAll) {
  ControlDesk desk(nullptr);
  for (uint64_t number = 1; number <= 10 * kMaxAskers; ++number) {
    desk.Hear(AsBytes(EncodeReloadRequest(number)));
    desk.Ticket(number);
  }
  EXPECT_EQ(desk.TakeUpTo(1), 1U);
  EXPECT_EQ(desk.TakeUpTo(10 * kMaxAskers), 10 * kMaxAskers);
}

TEST(ControlDesk, ForgetsWhatADeadProcessAsked) {
  ControlDesk desk(nullptr);
  desk.Hear(AsBytes(EncodeReloadRequest(5)));
  desk.Ticket(1);
  desk.Hear(AsBytes(EncodeReloadRequest(6)));
  desk.Clear();
  EXPECT_FALSE(desk.is_asked());
  EXPECT_EQ(desk.TakeUpTo(99), 0U);
  desk.Hear(AsBytes(EncodeReloadRequest(1)));
  EXPECT_TRUE(desk.is_asked()) << "its successor counts anew";
}

}  // namespace
}  // namespace portcullis::enforcement
