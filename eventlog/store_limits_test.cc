// SPDX-License-Identifier: Apache-2.0
// A store stays within its bytes and its age, whatever is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "eventlog/test_store.h"

namespace portcullis::eventlog {
namespace {

using ::testing::HasSubstr;

class StoreLimitsTest : public StoreTest {
 protected:
  static constexpr StoreLimits kSmall = {.max_bytes = kMinStoreBytes};

  // Each of another file, of which the path alone has `path_bytes`.
  static std::vector<Event> Batch(size_t events, size_t path_bytes) {
    std::vector<Event> batch;
    for (size_t i = 0; i < events; ++i) {
      std::string path = "/" + std::to_string(batch_number_) + "/" + std::to_string(i);
      path.resize(std::max(path.size(), path_bytes), 'x');
      batch.push_back(Denied(path));
    }
    ++batch_number_;
    return batch;
  }

  // Writes batches until `rounds` of them, looking at the bytes after each.
  void Fill(EventStore& store, int rounds, size_t events, size_t path_bytes) {
    for (int i = 0; i < rounds; ++i) {
      const auto written = store.Write(Batch(events, path_bytes), {});
      ASSERT_TRUE(written) << i << ": " << written.error().message;
      ASSERT_EQ(written->first_sequence, total_ + 1);
      total_ += events;
      trimmed_ += written->trimmed;
      ASSERT_LE(*store.Bytes(), kSmall.max_bytes) << "round " << i;
    }
  }

  inline static size_t batch_number_ = 0;
  uint64_t total_ = 0;
  uint64_t trimmed_ = 0;
};

TEST_F(StoreLimitsTest, HoldForManySmallEvents) {
  EventStore store = OpenWriter(kSmall);
  Fill(store, 100, 1000, 0);
  EXPECT_GT(trimmed_, 0U);
  EXPECT_EQ(store.LastSequence(), total_);
  const Sequences oldest = SequencesOf(store, {.limit = 1});
  EXPECT_EQ(oldest, Sequences{trimmed_ + 1});
  EXPECT_EQ(SequencesOf(store, {.limit = 1, .newest_first = true}), Sequences{total_});
}

// Shared rows that fill the store must go too.
TEST_F(StoreLimitsTest, HoldForEventsOfManyLongPaths) {
  EventStore store = OpenWriter(kSmall);
  Fill(store, 60, 200, 4000);
  EXPECT_GT(trimmed_, 0U);
  EXPECT_LT(trimmed_, total_ - 100);
}

TEST_F(StoreLimitsTest, HoldForTheLargestEvents) {
  EventStore store = OpenWriter(kSmall);
  for (int i = 0; i < 60; ++i) {
    std::vector<Event> events = Batch(20, 4000);
    for (Event& event : events) {
      event.decision->process.command_line.assign(64, std::string(512, 'x'));
    }
    const auto written = store.Write(events, {});
    ASSERT_TRUE(written) << i << ": " << written.error().message;
    ASSERT_LE(*store.Bytes(), kSmall.max_bytes) << "round " << i;
  }
}

TEST_F(StoreLimitsTest, HoldForOneEventATime) {
  EventStore store = OpenWriter(kSmall);
  Fill(store, 60, 1000, 100);
  Fill(store, 500, 1, 100);
}

TEST_F(StoreLimitsTest, HoldAfterTheStoreIsOpenedAgain) {
  for (int i = 0; i < 5; ++i) {
    EventStore store = OpenWriter(kSmall);
    Fill(store, 15, 1000, 100);
  }
  EXPECT_GT(trimmed_, 0U);
}

TEST_F(StoreLimitsTest, HoldWhenTheyAreLowered) {
  {
    EventStore store = OpenWriter({.max_bytes = 4 * kMinStoreBytes});
    for (int i = 0; i < 100; ++i) Write(store, Batch(1000, 100));
    ASSERT_GT(*store.Bytes(), 2 * kMinStoreBytes);
  }
  EventStore store = OpenWriter(kSmall);
  EXPECT_LE(*store.Bytes(), kSmall.max_bytes);
  EXPECT_EQ(SequencesOf(store, {.limit = 1, .newest_first = true}), Sequences{100'000});
  total_ = 100'000;
  Fill(store, 20, 1000, 100);
}

TEST_F(StoreLimitsTest, LetGoWhatIsTooOld) {
  EventStore store = OpenWriter({.max_age = std::chrono::hours(1)});
  std::vector<Event> events(500, Denied("/old"));
  for (Event& event : events) event.time_ns = event.last_time_ns = Now() - 7200 * kSecond;
  Write(store, events);
  const auto written = store.Write({}, {});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->trimmed, 500U);
  WriteDenied(store, "/new", 1);
  EXPECT_EQ(SequencesOf(store, {}), Sequences{501});
}

TEST_F(StoreLimitsTest, KeepAnOldEventThatHappenedAgain) {
  EventStore store = OpenWriter({.max_age = std::chrono::hours(1)});
  Event event = Denied("/old");
  event.time_ns -= 7200 * kSecond;
  Write(store, {event});
  EXPECT_EQ(store.Write({}, {})->trimmed, 0U);
}

TEST_F(StoreLimitsTest, HoldWhileAReaderKeepsTheLog) {
  EventStore store = OpenWriter(kSmall);
  Fill(store, 1, 1000, 100);
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM event", nullptr, nullptr, nullptr),
            SQLITE_OK);
  bool is_refused = false;
  for (int i = 0; i < 100 && !is_refused; ++i) {
    const auto written = store.Write(Batch(1000, 100), {});
    if (!written) {
      EXPECT_EQ(written.error().code, ErrorCode::kIo);
      EXPECT_THAT(written.error().message, HasSubstr("a reader holds it"));
      is_refused = true;
    }
    ASSERT_LE(*store.Bytes(), kSmall.max_bytes);
  }
  EXPECT_TRUE(is_refused);
  sqlite3_close(reader);
  WriteDenied(store, "/after", 1);
}

}  // namespace
}  // namespace portcullis::eventlog
