// SPDX-License-Identifier: Apache-2.0
// Batches, failures and losses of the journal's store, by a clock of the test's.
#include "enforcement/journal_store.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "enforcement/event_of.h"

namespace portcullis::enforcement {
namespace {

using eventlog::EventFilter;
using eventlog::EventId;
using eventlog::EventStore;
using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;

class JournalStores : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/portcullis-journal-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ + "/events.db";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  static eventlog::Event Denied(const std::string& path) {
    static eventlog::RequestIds ids;
    DecisionRecord record;
    record.verdict = Verdict::kDenied;
    record.blocked = true;
    record.file.path = path;
    record.time_ns = std::time(nullptr) * kSecond;
    return EventOf(record, ids);
  }
  std::vector<eventlog::Event> Stored(EventId id) const {
    const auto store = EventStore::OpenForReading(path_);
    std::vector<eventlog::Event> all;
    EventFilter filter;
    filter.ids = {id};
    while (store) {
      const auto page = store->Read(filter).value();
      if (page.empty()) break;
      all.insert(all.end(), page.begin(), page.end());
      filter.after_sequence = page.back().sequence;
    }
    return all;
  }
  uint64_t Denials() const {
    uint64_t count = 0;
    for (const auto& event : Stored(EventId::kProgramDenied)) count += event.count;
    return count;
  }

  std::string directory_, path_;
  JournalCounters counters_;
};

TEST_F(JournalStores, WriteABatchWhenItIsOldOrLarge) {
  JournalStore store(path_, {}, counters_);
  EXPECT_FALSE(store.IsDue(0));
  store.Add(Denied("/a"), 0);
  EXPECT_FALSE(store.IsDue(kBatchPeriodNs - 1));
  EXPECT_TRUE(store.IsDue(kBatchPeriodNs));
  for (size_t i = 1; i < kMaxBatch; ++i) store.Add(Denied(fmt::format("/a{}", i)), 0);
  EXPECT_TRUE(store.IsDue(0));
  EXPECT_EQ(counters_.in_hand, kMaxBatch);
  const auto fresh = store.Write(0);
  ASSERT_EQ(fresh.size(), kMaxBatch);
  EXPECT_EQ(fresh.front()->sequence, 1U);
  EXPECT_EQ(fresh.back()->sequence, kMaxBatch);
  EXPECT_EQ(counters_.in_hand, 0U);
  EXPECT_EQ(Denials(), kMaxBatch);
}

TEST_F(JournalStores, CountRepeatsBeforeAndBehindTheWrite) {
  JournalStore store(path_, {}, counters_);
  const std::string first = store.Add(Denied("/a"), 0);
  EXPECT_EQ(store.Add(Denied("/a"), 0), first) << "what the person is told is in the log";
  EXPECT_EQ(store.Write(0).size(), 1U);
  EXPECT_EQ(store.Add(Denied("/a"), 0), first);
  EXPECT_TRUE(store.Write(0).empty()) << "sinks get the first alone";
  EXPECT_EQ(Stored(EventId::kProgramDenied).size(), 1U);
  EXPECT_EQ(Denials(), 3U);
}

TEST_F(JournalStores, CountWhatIsInHandOnceForEachRecord) {
  JournalStore store(path_, {}, counters_);
  for (int i = 0; i < 5; ++i) store.Add(Denied("/a"), 0);
  store.Add(Denied("/b"), 0);
  EXPECT_EQ(counters_.in_hand, 6U) << "repeats of what is not stored yet count too";
  store.Write(0);
  EXPECT_EQ(counters_.in_hand, 0U);
  for (int i = 0; i < 3; ++i) store.Add(Denied("/a"), 0);
  EXPECT_EQ(counters_.in_hand, 3U);
  counters_.JournalEnded();
  EXPECT_EQ(counters_.lost, 3U);
  store.Write(0);
  EXPECT_EQ(counters_.in_hand, 0U);
}

// Killed between taking up what was lost and storing it, a journal would lose that count.
TEST_F(JournalStores, KeepALossInTheCounterUntilItIsStored) {
  JournalStore store(path_, {}, counters_);
  store.Add(Denied("/a"), 0);
  store.Write(0);
  counters_.Lose(7);
  store.Add(Denied("/b"), 0);
  {
    // No more pages for the store: it takes up the loss and can not write it.
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit none{0, limit.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
    store.Write(kBatchPeriodNs);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ASSERT_EQ(counters_.failed_writes, 1U);
  EXPECT_EQ(counters_.lost, 7U);
  store.Write(10 * kSecond);
  EXPECT_EQ(counters_.lost, 0U);
  ASSERT_EQ(Stored(EventId::kRecordsLost).size(), 1U);
  EXPECT_EQ(counters_.lost_in_all, 7U);
}

TEST_F(JournalStores, TellWhatWasLost) {
  JournalStore store(path_, {}, counters_);
  counters_.Lose(7);
  ASSERT_TRUE(store.IsDue(0));
  store.Write(0);
  ASSERT_EQ(Stored(EventId::kRecordsLost).size(), 1U);
  EXPECT_THAT(Stored(EventId::kRecordsLost).front().text, HasSubstr("7 records"));
  EXPECT_EQ(counters_.lost, 0U);
  EXPECT_FALSE(store.IsDue(0));
}

TEST_F(JournalStores, KeepWhatCanNotBeWrittenYetAndCountTheRest) {
  std::ofstream(directory_ + "/later") << "no directory";
  JournalStore store(directory_ + "/later/events.db", {}, counters_);
  path_ = directory_ + "/later/events.db";
  store.Add(Denied("/first"), 0);
  const auto fresh = store.Write(0);
  ASSERT_FALSE(fresh.empty()) << "sinks get it all the same";
  EXPECT_EQ(fresh.front()->sequence, 0U);
  EXPECT_FALSE(store.IsDue(kFirstRetryNs - 1));
  for (size_t i = 0; i < kMaxKept + 5; ++i) store.Add(Denied(fmt::format("/{}", i)), 0);
  store.Add(Denied("/first"), 0);
  EXPECT_GE(counters_.lost, 5U);
  const uint64_t lost = counters_.lost;
  ASSERT_TRUE(store.IsDue(kFirstRetryNs));
  store.Write(kFirstRetryNs);  // fails again
  EXPECT_FALSE(store.IsDue(kFirstRetryNs + kFirstRetryNs));

  std::filesystem::remove(directory_ + "/later");
  store.Write(10 * kSecond);
  EXPECT_EQ(Denials() + lost, kMaxKept + 7);
  ASSERT_EQ(Stored(EventId::kRecordsLost).size(), 1U);
  EXPECT_THAT(Stored(EventId::kRecordsLost).front().text,
              HasSubstr(fmt::format("{} records", lost)));
  const auto notes = Stored(EventId::kNote);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_THAT(notes[0].text, HasSubstr("takes nothing"));
  EXPECT_THAT(notes[1].text, HasSubstr("works again"));
  EXPECT_TRUE(store.is_empty());
}

TEST_F(JournalStores, BeginAnewWhenTheFileIsTakenAway) {
  JournalStore store(path_, {}, counters_);
  store.Add(Denied("/a"), 0);
  store.Write(0);
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + ending);
  store.Add(Denied("/a"), 0);
  store.Write(0);
  store.Add(Denied("/a"), 0);
  store.Write(0);
  EXPECT_GE(Denials() + counters_.lost, 1U);
  EXPECT_GE(Stored(EventId::kProgramDenied).size(), 1U);
}

TEST_F(JournalStores, LetGoOfWhatIsTooOldThoughNothingComes) {
  constexpr int64_t kDay = 24 * 3600 * kSecond;
  {
    auto old = EventStore::OpenForWriting(path_, {}).value();
    auto event = MakeServiceEvent(EventId::kNote, "long ago");
    event.time_ns = event.last_time_ns -= 10 * kDay;
    ASSERT_TRUE(old.Write(std::vector(1000, event), {}));
  }
  JournalStore store(path_, {uint64_t{64} << 20, std::chrono::hours(48)}, counters_);
  EXPECT_FALSE(store.IsDue(kIdleTrimNs - 1));
  ASSERT_TRUE(store.IsDue(kIdleTrimNs));
  store.Write(kIdleTrimNs);
  EXPECT_LT(Stored(EventId::kNote).size(), 1000U);
  EXPECT_EQ(Stored(EventId::kStoreTrimmed).size(), 1U);
  EXPECT_FALSE(store.IsDue(2 * kIdleTrimNs - 1));
}

}  // namespace
}  // namespace portcullis::enforcement
