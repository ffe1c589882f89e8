// SPDX-License-Identifier: Apache-2.0
// The link between gate and journal, both of its ends.
#include "enforcement/journal_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "enforcement/event_of.h"
#include "enforcement/journal_writer.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

using eventlog::EventId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

DecisionRecord Denied(const std::string& path) {
  DecisionRecord record;
  record.verdict = Verdict::kDenied;
  record.blocked = true;
  record.file.path = path;
  return record;
}

std::vector<eventlog::Event> ReadAll(const JournalLink& link) {
  std::vector<eventlog::Event> all;
  uint64_t damaged = 0;
  while (WaitReadable(link.reader.get(), 0)) {
    const auto packet = ReceivePacket(link.reader.get(), kMaxJournalPacket);
    EXPECT_TRUE(packet);
    if (!packet) break;
    for (auto& event : EventsIn(packet->bytes, damaged)) all.push_back(std::move(event));
  }
  EXPECT_EQ(damaged, 0U);
  return all;
}

TEST(JournalLink, CarriesRecordsAndNotesInOrder) {
  const auto link = MakeJournalLink();
  ASSERT_TRUE(link);
  {
    JournalWriter writer(*link);
    writer.Add(Denied("/a"));
    writer.Note("something");
    writer.Add(Denied("/b"));
  }
  const auto events = ReadAll(*link);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].decision->file.path, "/a");
  EXPECT_EQ(events[1].id, EventId::kNote);
  EXPECT_EQ(events[1].text, "something");
  EXPECT_EQ(events[2].decision->file.path, "/b");
  EXPECT_EQ(link->counters->in_gate, 0U);
  EXPECT_EQ(link->counters->lost, 0U);
}

TEST(JournalLink, TellsOfAUserWithoutAnAccountOnce) {
  const auto link = MakeJournalLink();
  ASSERT_TRUE(link);
  {
    JournalWriter writer(*link);
    DecisionRecord record = Denied("/a");
    record.process.uid = 4711;
    writer.Add(record);
    writer.Add(record);
    record.process.uid = 1;
    record.process.user = "known";
    writer.Add(record);
  }
  std::vector<EventId> ids;
  for (const auto& event : ReadAll(*link)) {
    ids.push_back(event.id);
    if (event.id == EventId::kUserUnresolved) {
      EXPECT_THAT(event.text, HasSubstr("uid 4711"));
    }
  }
  EXPECT_THAT(ids, ElementsAre(EventId::kProgramDenied, EventId::kUserUnresolved,
                               EventId::kProgramDenied, EventId::kProgramDenied));
}

// A journal that reads nothing costs what finds no room, and each of it is counted.
TEST(JournalLink, CountsWhatAStoppedJournalDoesNotTake) {
  const auto link = MakeJournalLink();
  ASSERT_TRUE(link);
  constexpr uint64_t kRecords = 20'000;
  {
    JournalWriter writer(*link);
    const DecisionRecord record = Denied("/" + std::string(2000, 'x'));
    for (uint64_t i = 0; i < kRecords; ++i) writer.Add(record);
  }
  const uint64_t lost = link->counters->lost;
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(link->counters->in_gate, 0U);
  EXPECT_EQ(ReadAll(*link).size() + lost, kRecords);
}

TEST(JournalLink, CountsWhatADeadGateHad) {
  const auto link = MakeJournalLink();
  ASSERT_TRUE(link);
  link->counters->in_gate = 7;
  link->counters->in_hand = 5;
  link->counters->GateEnded();
  EXPECT_EQ(link->counters->lost, 7U);
  link->counters->JournalEnded();
  EXPECT_EQ(link->counters->lost, 12U);
  EXPECT_EQ(link->counters->in_gate + link->counters->in_hand, 0U);
}

TEST(JournalLink, LetsTheSupervisorNeverWait) {
  const auto link = MakeJournalLink();
  ASSERT_TRUE(link);
  const auto event = MakeServiceEvent(EventId::kNote, std::string(2000, 'x'));
  for (int i = 0; i < 5000; ++i) PostEvents(*link, {event});
  const uint64_t lost = link->counters->lost;
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(ReadAll(*link).size() + lost, 5000U);
}

TEST(JournalLink, CountsWhatItCanNotRead) {
  uint64_t damaged = 0;
  std::string packet;
  ASSERT_TRUE(AppendEvent(packet, EncodeEvent(MakeServiceEvent(EventId::kNote, "kept"))));
  ASSERT_TRUE(AppendEvent(packet, "no event"));
  packet += std::string("\xFF\xFF\xFF\xFF short", 10);
  const auto events = EventsIn(AsBytes(packet), damaged);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].text, "kept");
  EXPECT_EQ(damaged, 2U);
}

}  // namespace
}  // namespace portcullis::enforcement
