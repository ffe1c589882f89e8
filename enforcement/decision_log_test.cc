// SPDX-License-Identifier: Apache-2.0
#include "enforcement/decision_log.h"

#include <future>
#include <thread>

namespace portcullis::enforcement {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

DecisionRecord Record(std::string path, Verdict verdict = Verdict::kAllowed,
                      uint64_t generation = 1) {
  DecisionRecord record;
  record.file.path = std::move(path);
  record.verdict = verdict;
  record.generation = generation;
  return record;
}

// What the sink got by the time the log is gone.
class Collected {
 public:
  DecisionLog::Sink Sink() {
    return {[this](const DecisionRecord& record) { paths.push_back(record.file.path); },
            [this](uint64_t count) { paths.push_back("lost " + std::to_string(count)); },
            [this](const std::string& text) { paths.push_back("note " + text); }};
  }
  std::vector<std::string> paths;
};

std::vector<std::string> Recorded(RecordAllowed allowed, std::vector<DecisionRecord> records) {
  Collected collected;
  {
    DecisionLog log(collected.Sink(), allowed);
    for (DecisionRecord& record : records) log.Push(std::move(record));
  }
  return collected.paths;
}

TEST(DecisionLog, RecordsAnAllowedFileOnceAPolicy) {
  EXPECT_THAT(Recorded(RecordAllowed::kOnce,
                       {Record("a"), Record("a"), Record("b"), Record("a", Verdict::kAllowed, 2),
                        Record("a", Verdict::kAllowed, 2), Record("b", Verdict::kAllowed, 2)}),
              ElementsAre("a", "b", "a", "b"));
}

TEST(DecisionLog, RecordsAFileThatChangedAnew) {
  DecisionRecord before = Record("a");
  before.file.sha256 = "11";
  DecisionRecord after = Record("a");
  after.file.sha256 = "22";
  DecisionRecord loaded = after;
  loaded.operation = Operation::kLoad;
  loaded.collection = applocker::CollectionType::kDll;
  EXPECT_THAT(Recorded(RecordAllowed::kOnce, {before, after, before, loaded}),
              ElementsAre("a", "a", "a"));
}

TEST(DecisionLog, RecordsALateDecisionOfAFormerPolicyWithoutForgetting) {
  EXPECT_THAT(Recorded(RecordAllowed::kOnce,
                       {Record("a", Verdict::kAllowed, 2), Record("b", Verdict::kAllowed, 1),
                        Record("a", Verdict::kAllowed, 2)}),
              ElementsAre("a", "b"));
}

TEST(DecisionLog, RecordsEveryDenial) {
  for (const RecordAllowed allowed :
       {RecordAllowed::kOnce, RecordAllowed::kEvery, RecordAllowed::kNone}) {
    EXPECT_THAT(Recorded(allowed, {Record("a", Verdict::kDenied), Record("a", Verdict::kDenied),
                                   Record("b", Verdict::kDeniedByDefault)}),
                ElementsAre("a", "a", "b"));
  }
}

TEST(DecisionLog, LeavesOutOpensThatNoRuleIsAbout) {
  DecisionRecord open = Record("a");
  open.operation = Operation::kScript;
  open.reason = Reason::kNoRules;
  DecisionRecord exec = open;
  exec.operation = Operation::kExecute;
  EXPECT_THAT(Recorded(RecordAllowed::kEvery, {open, exec}), ElementsAre("a"));
}

// The failure policy blocks without a denial by rules.
TEST(DecisionLog, RecordsWhateverWasBlocked) {
  DecisionRecord busy = Record("a");
  busy.blocked = true;
  EXPECT_THAT(Recorded(RecordAllowed::kNone, {busy, busy}), ElementsAre("a", "a"));
}

TEST(DecisionLog, RecordsAllowedRunsAsItIsTold) {
  EXPECT_THAT(Recorded(RecordAllowed::kEvery, {Record("a"), Record("a")}), ElementsAre("a", "a"));
  EXPECT_THAT(Recorded(RecordAllowed::kNone, {Record("a"), Record("b")}), IsEmpty());
}

TEST(DecisionLog, CountsWhatFindsTheQueueFullAndSaysSo) {
  Collected collected;
  std::promise<void> reached;
  std::promise<void> go;
  auto sink = collected.Sink();
  const auto record = sink.record;
  sink.record = [&, first = true](const DecisionRecord& r) mutable {
    if (std::exchange(first, false)) {
      reached.set_value();
      go.get_future().wait();
    }
    record(r);
  };
  {
    DecisionLog log(sink, RecordAllowed::kOnce, 2);
    log.Push(Record("first"));
    reached.get_future().wait();  // the sink holds the first; the queue is empty
    for (const char* path : {"a", "b", "c", "d"}) log.Push(Record(path));
    EXPECT_EQ(log.dropped(), 2U);
    go.set_value();
  }
  EXPECT_THAT(collected.paths, ElementsAre("first", "a", "b", "lost 2"));
}

TEST(DecisionLog, SaysWhatWasLostBeforeItWasARecord) {
  Collected collected;
  {
    DecisionLog log(collected.Sink(), RecordAllowed::kOnce);
    log.Lose(3);
    EXPECT_EQ(log.dropped(), 3U);
  }
  EXPECT_THAT(collected.paths, ElementsAre("lost 3"));
}

TEST(DecisionLog, HandsANoteOver) {
  Collected collected;
  {
    DecisionLog log(collected.Sink(), RecordAllowed::kNone);
    log.Note("something");
  }
  EXPECT_THAT(collected.paths, ElementsAre("note something"));
}

TEST(DecisionLog, DoesNotTakeADroppedFileForRecorded) {
  Collected collected;
  std::promise<void> reached;
  std::promise<void> go;
  std::promise<void> said;
  auto sink = collected.Sink();
  const auto record = sink.record;
  const auto lost = sink.lost;
  sink.record = [&, first = true](const DecisionRecord& r) mutable {
    if (std::exchange(first, false)) {
      reached.set_value();
      go.get_future().wait();
    }
    record(r);
  };
  sink.lost = [&](uint64_t count) {
    lost(count);
    said.set_value();
  };
  {
    DecisionLog log(sink, RecordAllowed::kOnce, 1);
    log.Push(Record("first"));
    reached.get_future().wait();
    log.Push(Record("a"));
    log.Push(Record("b"));  // dropped
    go.set_value();
    said.get_future().wait();
    log.Push(Record("b"));
  }
  EXPECT_THAT(collected.paths, ElementsAre("first", "a", "lost 1", "b"));
}

TEST(DecisionLog, LosesNothingOfManyThreads) {
  Collected collected;
  {
    DecisionLog log(collected.Sink(), RecordAllowed::kEvery, 100'000);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&log] {
        for (int k = 0; k < 1000; ++k) log.Push(Record("x"));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(collected.paths.size(), 4000U);
}

}  // namespace
}  // namespace portcullis::enforcement
