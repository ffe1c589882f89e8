// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>

#include "eventlog/event_limits.h"
#include "eventlog/test_store.h"
#include "tests/support/random_event.h"

namespace portcullis::eventlog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EventStoreTest : public StoreTest {
 protected:
  EventStore Writer(StoreLimits limits = {}) { return OpenWriter(limits); }
};

TEST_F(EventStoreTest, GivesBackEveryFieldOfAnyEvent) {
  EventStore store = Writer();
  testing::Choices choices(20261125);
  for (int i = 0; i < 300; ++i) {
    Event event = testing::RandomEvent(choices);
    event.last_time_ns = Now() + static_cast<int64_t>(event.last_time_ns % kSecond);
    event.count = event.count % kMaxCount + 1;
    const auto written = store.Write({&event, 1}, {});
    ASSERT_TRUE(written) << written.error().message;
    event.sequence = written->first_sequence;
    const auto read = store.Read({.after_sequence = event.sequence - 1, .limit = 1});
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 1U);
    ASSERT_EQ(read->front(), event) << "event " << i;
  }
}

TEST_F(EventStoreTest, IsReadWhileItIsWritten) {
  EventStore writer = Writer();
  WriteDenied(writer, "/a", 3);
  EventStore reader = OpenReader();
  EXPECT_EQ(SequencesOf(reader, {}), (Sequences{1, 2, 3}));
  WriteDenied(writer, "/a", 2);
  EXPECT_EQ(SequencesOf(reader, {}), (Sequences{1, 2, 3, 4, 5}));
  EXPECT_EQ(reader.LastSequence(), 5U);
  EXPECT_EQ(reader.stream(), writer.stream());
}

TEST_F(EventStoreTest, GoesOnNumberingWhenOpenedAgain) {
  std::string stream;
  {
    EventStore store = Writer();
    stream = store.stream();
    WriteDenied(store, "/a", 3);
  }
  EventStore store = Writer();
  WriteDenied(store, "/b", 1);
  EXPECT_EQ(SequencesOf(store, {}), (Sequences{1, 2, 3, 4}));
  EXPECT_EQ(store.stream(), stream);
  EXPECT_EQ(store.TakeSetAside(), std::nullopt);
}

TEST_F(EventStoreTest, NumbersTheBatchesOfAnotherWriterOnToo) {
  EventStore one = Writer();
  EventStore other = Writer();
  WriteDenied(one, "/a", 2);
  WriteDenied(other, "/b", 2);
  WriteDenied(one, "/c", 2);
  EXPECT_EQ(SequencesOf(one, {}), (Sequences{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(PathsOf(one, {}), (std::vector<std::string>{"/a", "/a", "/b", "/b", "/c", "/c"}));
}

TEST_F(EventStoreTest, CountsRepeatsOfAnEvent) {
  EventStore store = Writer();
  WriteDenied(store, "/a", 3);
  const int64_t later = Now() + 60 * kSecond;
  const std::vector<EventStore::Repeat> repeats = {{2, 5, later}, {2, 1, later - 1}};
  const auto written = store.Write({}, repeats);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->missed_repeats, 0U);
  const Event event = store.Read({.after_sequence = 1, .limit = 1})->at(0);
  EXPECT_EQ(event.count, 7U);
  EXPECT_EQ(event.last_time_ns, later);
  EXPECT_EQ(SequencesOf(store, {.since_ns = later}), Sequences{2});
}

TEST_F(EventStoreTest, SaysHowManyCountsFoundNoEvent) {
  EventStore store = Writer();
  WriteDenied(store, "/a", 3);
  const std::vector<EventStore::Repeat> repeats = {{4, 5, Now()}, {0, 2, Now()}};
  EXPECT_EQ(store.Write({}, repeats)->missed_repeats, 7U);
}

TEST_F(EventStoreTest, CutsWhatIsLongerThanAnEventMayBe) {
  EventStore store = Writer();
  Event event = Denied("/" + std::string(9000, 'x'));
  event.text.assign(9000, 'y');
  event.decision->process.command_line.assign(80, std::string(900, 'z'));
  ASSERT_TRUE(store.Write({&event, 1}, {}));
  const Event read = store.Read({})->at(0);
  EXPECT_EQ(read.decision->file.path, CutText(event.decision->file.path, kMaxEventPath));
  EXPECT_EQ(read.text, CutText(event.text, kMaxEventText));
  EXPECT_EQ(read.decision->process.command_line,
            CutArguments(event.decision->process.command_line));
}

TEST_F(EventStoreTest, RefusesABatchOverItsLimitWhole) {
  EventStore store = Writer();
  const std::vector<Event> events(300, Denied("/" + std::string(4000, 'x')));
  const auto written = store.Write(events, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(SequencesOf(store, {}), IsEmpty());
}

TEST_F(EventStoreTest, IsRootsAlone) {
  const mode_t before = umask(0);
  path_ = folder_ + "/made/events.db";
  EventStore store = Writer();
  WriteDenied(store, "/a", 1);
  umask(before);
  EXPECT_EQ(ModeOf(folder_ + "/made"), 0700U);
  for (const char* const ending : {"", "-wal", "-shm"}) {
    EXPECT_EQ(ModeOf(path_ + ending), 0600U) << ending;
  }
}

TEST_F(EventStoreTest, OfWhichThereIsNoneIsNotFound) {
  const auto reader = EventStore::OpenForReading(path_);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::kNotFound);
}

TEST_F(EventStoreTest, RefusesALimitThatIsTooSmall) {
  const auto store = EventStore::OpenForWriting(path_, {.max_bytes = kMinStoreBytes - 1});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::kLimitExceeded);
}

TEST_F(EventStoreTest, SeesThatAnotherTookItsPlace) {
  EventStore writer = Writer();
  WriteDenied(writer, "/a", 1);
  const EventStore reader = OpenReader();
  EXPECT_FALSE(reader.WasReplaced());
  std::filesystem::rename(path_, path_ + ".old");
  EXPECT_TRUE(reader.WasReplaced());
}

}  // namespace
}  // namespace portcullis::eventlog
