// SPDX-License-Identifier: Apache-2.0
// The answers of a store, against those of a loop over all events.
#include <gtest/gtest.h>

#include <algorithm>

#include "eventlog/test_store.h"
#include "tests/policy/choices.h"

namespace portcullis::eventlog {
namespace {

using testing::Choices;

class StoreQueries : public StoreTest {
 protected:
  // A thousand events over several blocks of the index, about few users and files, their clock
  // now and then set back.
  std::vector<Event> Make(Choices& choices) {
    std::vector<Event> events;
    for (int i = 0; i < 1000; ++i) {
      Event event;
      event.id = choices.Of(kIds);
      event.time_ns = Now() - 10'000 * kSecond + i * kSecond;
      if (choices.OneIn(50)) event.time_ns -= 500 * kSecond;
      event.last_time_ns = event.time_ns;
      if (choices.OneIn(20)) event.last_time_ns += 300 * kSecond;
      event.request_id = "request-" + std::to_string(i / 2);
      if (!choices.OneIn(10)) {
        event.decision.emplace();
        event.decision->file.path = choices.Of(kPaths);
        SetUser(event.decision->process, choices.Below(5));
      }
      event.sequence = static_cast<uint64_t>(i) + 1;
      events.push_back(event);
    }
    return events;
  }

  EventFilter MakeFilter(Choices& choices, const std::vector<Event>& events) {
    EventFilter filter;
    const auto any_time = [&] { return events[choices.Below(1000)].time_ns; };
    if (choices.OneIn(3)) filter.since_ns = any_time();
    if (choices.OneIn(3)) filter.until_ns = any_time();
    if (choices.OneIn(3)) filter.ids = {choices.Of(kIds), choices.Of(kIds)};
    if (choices.OneIn(3)) filter.user = choices.Of(kUsers);
    if (choices.OneIn(3)) filter.path = choices.Of(kPaths);
    if (choices.OneIn(9)) filter.request_id = "request-" + std::to_string(choices.Below(600));
    if (choices.OneIn(3)) filter.after_sequence = choices.Below(1100);
    if (choices.OneIn(3)) filter.before_sequence = choices.Below(1100);
    if (choices.OneIn(3)) filter.limit = choices.Below(20);
    filter.newest_first = choices.OneIn(2);
    return filter;
  }

  static bool Matches(const EventFilter& filter, const Event& event) {
    const DecisionEvent decision = event.decision.value_or(DecisionEvent());
    const EventProcess& process = decision.process;
    const bool is_user = filter.user == process.user ||
                         (process.uid && filter.user == std::to_string(*process.uid)) ||
                         (process.user_sid && filter.user == process.user_sid->ToString());
    return (!filter.since_ns || event.last_time_ns >= *filter.since_ns) &&
           (!filter.until_ns || event.time_ns <= *filter.until_ns) &&
           (filter.ids.empty() || std::ranges::count(filter.ids, event.id) > 0) &&
           (filter.user.empty() || is_user) &&
           (filter.path.empty() || filter.path == decision.file.path) &&
           (filter.request_id.empty() || filter.request_id == event.request_id) &&
           event.sequence > filter.after_sequence && event.sequence < filter.before_sequence;
  }

  static Sequences Expected(const EventFilter& filter, std::vector<Event> events) {
    if (filter.newest_first) std::ranges::reverse(events);
    Sequences sequences;
    for (const Event& event : events) {
      if (sequences.size() == std::min(filter.limit, kMaxPage)) break;
      if (Matches(filter, event)) sequences.push_back(event.sequence);
    }
    return sequences;
  }

 private:
  inline static const std::vector<EventId> kIds = {EventId::kProgramDenied,
                                                   EventId::kProgramAllowed,
                                                   EventId::kScriptAudited, EventId::kStarted};
  inline static const std::vector<std::string> kPaths = {"/usr/bin/a", "/usr/bin/b", "/home/c",
                                                         "/d", "/never"};
  inline static const std::vector<std::string> kUsers = {"alice", "1001",     "S-1-22-1-1002",
                                                         "bob",   "10010000", "S-1-5-18"};

  static void SetUser(EventProcess& process, size_t which) {
    process.uid = static_cast<uint32_t>(1000 + which);
    process.session_id = static_cast<uint32_t>(which % 2);
    process.user = which == 0 ? "alice" : which == 3 ? "bob" : "";
    if (which == 2) process.user_sid = Sid{22, {1, 1002}};
    if (which == 4) process.uid.reset();
  }
};

TEST_F(StoreQueries, AreAnsweredAsByALoopOverAllEvents) {
  Choices choices(20261125);
  const std::vector<Event> events = Make(choices);
  EventStore store = OpenWriter();
  for (size_t i = 0; i < events.size(); i += 100) {
    Write(store, {events.begin() + static_cast<std::ptrdiff_t>(i),
                  events.begin() + static_cast<std::ptrdiff_t>(i) + 100});
  }
  size_t found = 0;
  for (int i = 0; i < 2000; ++i) {
    const EventFilter filter = MakeFilter(choices, events);
    const Sequences expected = Expected(filter, events);
    found += expected.size();
    ASSERT_EQ(SequencesOf(store, filter), expected) << "filter " << i;
  }
  EXPECT_GT(found, 10'000U);
}

TEST_F(StoreQueries, GiveAtMostAPage) {
  EventStore store = OpenWriter();
  WriteDenied(store, "/a", 1500);
  EXPECT_EQ(SequencesOf(store, {.limit = 5000}).size(), kMaxPage);
}

}  // namespace
}  // namespace portcullis::eventlog
