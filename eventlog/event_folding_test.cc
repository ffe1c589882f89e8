// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_folding.h"

#include <gtest/gtest.h>

#include <functional>

namespace portcullis::eventlog {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
const std::string kOther(1, 'x');  // gcc 12 warns of an assigned literal

Event Denied(const std::string& path, int64_t seconds = 0) {
  Event event;
  event.id = EventId::kProgramDenied;
  event.time_ns = event.last_time_ns = seconds * kSecond;
  event.request_id = "id of " + path;
  event.decision.emplace();
  event.decision->rule.emplace();
  event.decision->file.path = path;
  event.decision->file.publisher.emplace();
  event.decision->process.user_sid = Sid{22, {1, 1000}};
  return event;
}

TEST(EventFolding, CountsARepeatOfAFirst) {
  EventFolding folding;
  EXPECT_FALSE(folding.Fold(Denied("/a")));
  folding.Stored(Denied("/a"), 17);
  const auto first = folding.Fold(Denied("/a", 60));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->sequence, 17U);
  EXPECT_EQ(first->request_id, "id of /a");
}

TEST(EventFolding, KnowsAFirstThatIsNotStoredYet) {
  EventFolding folding;
  folding.Fold(Denied("/a"));
  const auto first = folding.Fold(Denied("/a"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->sequence, 0U);
}

TEST(EventFolding, PassesOverWhatDiffersInEachRun) {
  EventFolding folding;
  folding.Fold(Denied("/a"));
  Event repeat = Denied("/a", 5);
  repeat.sequence = 9;
  repeat.count = 3;
  repeat.request_id = "another";
  repeat.decision->process.pid = 99;
  repeat.decision->process.thread_id = 98;
  repeat.decision->process.parent_pid = 97;
  repeat.decision->process.command_line = {"x"};
  EXPECT_TRUE(folding.Fold(repeat));
}

TEST(EventFolding, TellsApartWhatDiffersInAnythingElse) {
  const std::vector<std::function<void(Event&)>> changes = {
      [](Event& e) { e.id = EventId::kProgramAudited; },
      [](Event& e) { e.generation = 2; },
      [](Event& e) { e.text = kOther; },
      [](Event& e) { e.decision->operation = Operation::kLoad; },
      [](Event& e) { e.decision->verdict = Verdict::kDenied; },
      [](Event& e) { e.decision->collection = applocker::CollectionType::kExe; },
      [](Event& e) { e.decision->enforcement = applocker::EnforcementMode::kEnabled; },
      [](Event& e) { e.decision->reason = Reason::kRule; },
      [](Event& e) { e.decision->blocked = true; },
      [](Event& e) { e.decision->answered_by = AnsweredBy::kDeadline; },
      [](Event& e) { e.decision->rule.reset(); },
      [](Event& e) { e.decision->rule->id = kOther; },
      [](Event& e) { e.decision->rule->name = kOther; },
      [](Event& e) { e.decision->rule->sddl = kOther; },
      [](Event& e) { e.decision->rule->policy = kOther; },
      [](Event& e) { e.decision->rule->is_deny = true; },
      [](Event& e) { e.decision->file.path = "/b"; },
      [](Event& e) { e.decision->file.path_verified = true; },
      [](Event& e) { e.decision->file.macro_path = kOther; },
      [](Event& e) { e.decision->file.size = 1; },
      [](Event& e) { e.decision->file.inode = 1; },
      [](Event& e) { e.decision->file.device = 1; },
      [](Event& e) { e.decision->file.owner_uid = 0; },
      [](Event& e) { e.decision->file.owner_gid = 0; },
      [](Event& e) { e.decision->file.mode = 0; },
      [](Event& e) { e.decision->file.mtime_ns = 0; },
      [](Event& e) { e.decision->file.sha256 = kOther; },
      [](Event& e) { e.decision->file.rule_sha256 = kOther; },
      [](Event& e) { e.decision->file.publisher.reset(); },
      [](Event& e) { e.decision->file.publisher->publisher = kOther; },
      [](Event& e) { e.decision->file.publisher->product = kOther; },
      [](Event& e) { e.decision->file.publisher->binary = kOther; },
      [](Event& e) { e.decision->file.publisher->version = {1}; },
      [](Event& e) { e.decision->file.unknown.hash = true; },
      [](Event& e) { e.decision->file.unknown.publisher = true; },
      [](Event& e) { e.decision->process.program = kOther; },
      [](Event& e) { e.decision->process.uid = 0; },
      [](Event& e) { e.decision->process.gid = 0; },
      [](Event& e) { e.decision->process.login_uid = 0; },
      [](Event& e) { e.decision->process.session_id = 0; },
      [](Event& e) { e.decision->process.terminal = 1; },
      [](Event& e) { e.decision->process.user = kOther; },
      [](Event& e) {
        e.decision->process.user_sid = Sid{22, {1, 1001}};
      },
      [](Event& e) { e.decision->process.is_service = true; },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    EventFolding folding(std::chrono::minutes(15), 10);
    folding.Fold(Denied("/a"));
    Event other = Denied("/a");
    changes[i](other);
    EXPECT_FALSE(folding.Fold(other)) << "change " << i;
  }
}

TEST(EventFolding, BeginsAnewAWindowAfterTheFirst) {
  EventFolding folding(std::chrono::seconds(60));
  folding.Fold(Denied("/a", 1000));
  EXPECT_TRUE(folding.Fold(Denied("/a", 1059)));
  EXPECT_FALSE(folding.Fold(Denied("/a", 1060)));
  EXPECT_TRUE(folding.Fold(Denied("/a", 1061)));
}

TEST(EventFolding, TakesNoHarmFromAClockThatIsSetBack) {
  EventFolding folding(std::chrono::seconds(60));
  folding.Fold(Denied("/a", 1000));
  EXPECT_TRUE(folding.Fold(Denied("/a", 990)));
  EXPECT_FALSE(folding.Fold(Denied("/a", 100)));
  Event extreme = Denied("/a");
  extreme.time_ns = INT64_MIN;
  EXPECT_FALSE(folding.Fold(extreme));
  extreme.time_ns = INT64_MAX;
  EXPECT_FALSE(folding.Fold(extreme));
}

TEST(EventFolding, ForgetsWhatCouldNotBeStored) {
  EventFolding folding;
  folding.Fold(Denied("/a"));
  folding.Forget(Denied("/a"));
  EXPECT_FALSE(folding.Fold(Denied("/a")));
}

TEST(EventFolding, ForgetsAllNumbersOfAFormerStore) {
  EventFolding folding;
  folding.Fold(Denied("/a"));
  folding.Fold(Denied("/b"));
  folding.ForgetAll();
  EXPECT_FALSE(folding.Fold(Denied("/a")));
  EXPECT_FALSE(folding.Fold(Denied("/b")));
}

TEST(EventFolding, ForgetsTheOneLongestUnseenWhenFull) {
  EventFolding folding(std::chrono::minutes(15), 3);
  folding.Fold(Denied("/a"));
  folding.Fold(Denied("/b"));
  folding.Fold(Denied("/c"));
  EXPECT_TRUE(folding.Fold(Denied("/a")));
  EXPECT_FALSE(folding.Fold(Denied("/d")));
  EXPECT_TRUE(folding.Fold(Denied("/a")));
  EXPECT_TRUE(folding.Fold(Denied("/c")));
  EXPECT_FALSE(folding.Fold(Denied("/b")));
}

TEST(EventFolding, HoldsUnderManyDifferentEvents) {
  EventFolding folding(std::chrono::minutes(15), 100);
  for (int i = 0; i < 5000; ++i) {
    const std::string path = std::to_string(i);
    ASSERT_FALSE(folding.Fold(Denied(path)));
    if (i % 3 == 0) folding.Forget(Denied(path));
    ASSERT_EQ(folding.Fold(Denied(path)).has_value(), i % 3 != 0);
  }
}

TEST(EventFolding, CountsNoEventOfTheServiceButAnUnresolvedUser) {
  EventFolding folding;
  Event event;
  event.id = EventId::kStarted;
  folding.Fold(event);
  EXPECT_FALSE(folding.Fold(event));
  event.id = EventId::kUserUnresolved;
  folding.Fold(event);
  EXPECT_TRUE(folding.Fold(event));
}

}  // namespace
}  // namespace portcullis::eventlog
