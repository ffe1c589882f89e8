// SPDX-License-Identifier: Apache-2.0
#include "enforcement/reader_relay.h"

#include <gtest/gtest.h>

#include <array>
#include <future>
#include <optional>
#include <thread>

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNow = 1'000'000'000;

// A relay whose first lead is the test's, with a standby behind it.
class ReaderRelayTest : public ::testing::Test {
 protected:
  ReaderRelayTest() : lead_(relay_.AwaitLead()) {
    standby_ = std::async(std::launch::async, [this] { return relay_.AwaitLead(); });
    while (!relay_.BeginLook(kNow)) std::this_thread::yield();
    relay_.EndLook(kNow, kNow);
  }
  ~ReaderRelayTest() override {
    relay_.Stop();
    if (standby_.valid()) standby_.wait();
  }

  ReaderRelay relay_;
  const uint64_t lead_;
  std::future<uint64_t> standby_;
};

TEST(ReaderRelay, LetsNobodyLookWithoutAStandby) {
  ReaderRelay relay;
  EXPECT_EQ(relay.AwaitLead(), kFirstLead);
  EXPECT_FALSE(relay.BeginLook(kNow));
  relay.Stop();
}

TEST_F(ReaderRelayTest, LeavesTheLeadToWhoeverIsQuick) {
  ASSERT_TRUE(relay_.BeginLook(kNow));
  EXPECT_FALSE(relay_.Relieve(kNow + kReliefNs - 1));
  relay_.EndLook(kNow, kNow + kReliefNs - 1);
  EXPECT_FALSE(relay_.Relieve(kNow + 2 * kReliefNs));
  EXPECT_TRUE(relay_.Leads(lead_));
}

TEST_F(ReaderRelayTest, ReplacesAReaderWhoIsKeptWaiting) {
  ASSERT_TRUE(relay_.BeginLook(kNow));
  EXPECT_TRUE(relay_.Relieve(kNow + kReliefNs));
  EXPECT_FALSE(relay_.Leads(lead_));
  const uint64_t next = standby_.get();
  EXPECT_TRUE(relay_.Leads(next));
  EXPECT_EQ(relay_.reliefs(), 1U);
  EXPECT_FALSE(relay_.Relieve(kNow + 2 * kReliefNs));
}

TEST_F(ReaderRelayTest, LetsNobodyLookWhileAnotherIsKeptWaiting) {
  ASSERT_TRUE(relay_.BeginLook(kNow));
  ASSERT_TRUE(relay_.Relieve(kNow + kReliefNs));
  const uint64_t next = standby_.get();
  const int64_t later = kNow + 1'000'000'000;
  EXPECT_FALSE(relay_.BeginLook(later));
  // The look comes to its end: its thread stands by for the other.
  relay_.EndLook(kNow, kNow + kReliefNs);
  standby_ = std::async(std::launch::async, [this] { return relay_.AwaitLead(); });
  while (!relay_.BeginLook(later)) std::this_thread::yield();
  EXPECT_TRUE(relay_.Leads(next));
  EXPECT_TRUE(relay_.Relieve(later + kReliefNs));
  EXPECT_TRUE(relay_.Leads(standby_.get()));
}

TEST_F(ReaderRelayTest, PausesInProportionToASlowLook) {
  ASSERT_TRUE(relay_.BeginLook(kNow));
  const int64_t took = kSlowLookNs + 1;
  relay_.EndLook(kNow, kNow + took);
  EXPECT_FALSE(relay_.BeginLook(kNow + took * (1 + kPausesPerLook) - 1));
  EXPECT_TRUE(relay_.BeginLook(kNow + took * (1 + kPausesPerLook)));
}

TEST_F(ReaderRelayTest, IsWatchedWheneverSomebodyLooks) {
  std::atomic<int64_t> clock{kNow};
  std::thread watch([&] { relay_.Watch([&] { return clock.load(); }); });
  ASSERT_TRUE(relay_.BeginLook(kNow));
  clock = kNow + kReliefNs;
  EXPECT_TRUE(relay_.Leads(standby_.get()));
  relay_.Stop();
  watch.join();
}

// Many short looks and an impatient watch: one of the two leads at any time.
TEST(ReaderRelay, IsLedByOneThreadAtATime) {
  ReaderRelay relay;
  std::atomic<int> leaders{0};
  std::atomic<int64_t> clock{1};
  std::atomic<bool> two_led{false};
  const auto read = [&] {
    while (const uint64_t lead = relay.AwaitLead()) {
      if (++leaders != 1) two_led = true;
      while (relay.Leads(lead) && relay.reliefs() < 200) {
        const int64_t began = clock += kReliefNs;
        --leaders;  // from the look on it may be another's
        if (!relay.BeginLook(began)) {
          ++leaders;
          continue;
        }
        std::this_thread::yield();
        relay.EndLook(began, began);
        if (!relay.Leads(lead)) break;
        ++leaders;
      }
      if (!relay.Leads(lead)) continue;
      relay.Stop();
      --leaders;
    }
  };
  std::array readers = {std::thread(read), std::thread(read)};
  while (relay.reliefs() < 200) {
    relay.Relieve(clock + kReliefNs);
    std::this_thread::yield();
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(two_led);
}

}  // namespace
}  // namespace portcullis::enforcement
