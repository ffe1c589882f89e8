// SPDX-License-Identifier: Apache-2.0
// Each number that the service can write, written by what causes it.
#include "eventlog/event_ids.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "tests/kernel/journal_fixture.h"

namespace portcullis::testing {
namespace {

using eventlog::EventId;

// Nothing here causes these: packaged apps do not run on Linux.
const std::set<EventId> kNeverWritten = {
    EventId::kPackageAllowed, EventId::kPackageAudited, EventId::kPackageDenied,
    EventId::kInstallAllowed, EventId::kInstallAudited, EventId::kInstallDenied,
    EventId::kNoPackageRules,
};
// srp_test causes these.
const std::set<EventId> kOfSrp = {
    EventId::kSrpDefaultLevel,   EventId::kSrpPathRule,   EventId::kSrpCertificateRule,
    EventId::kSrpZoneOrHashRule, EventId::kSrpPolicyRule,
};
// operating_test and its neighbours cause these.
const std::set<EventId> kOfATrial = {EventId::kPolicyConfirmed, EventId::kPolicyReverted};
// The tests of this file cause these.
const std::set<EventId> kHere = {
    EventId::kNote,           EventId::kStarted,
    EventId::kStopping,       EventId::kProcessReplaced,
    EventId::kRecordsLost,    EventId::kStoreSetAside,
    EventId::kStoreTrimmed,   EventId::kUserUnresolved,
    EventId::kPolicyFailed,   EventId::kPolicyApplied,
    EventId::kProgramAllowed, EventId::kProgramAudited,
    EventId::kProgramDenied,  EventId::kScriptAllowed,
    EventId::kScriptAudited,  EventId::kScriptDenied,
};

std::string Collection(const std::string& type, const std::string& mode, const std::string& rules) {
  return fmt::format(R"(<RuleCollection Type="{}" EnforcementMode="{}">{}</RuleCollection>)", type,
                     mode, rules);
}

// Programs and scripts that are named good* may run.
std::string ProgramsAndScripts(const std::string& mode) {
  return "<AppLockerPolicy Version=\"1\">" + Collection("Exe", mode, PathRule("Allow", "*/good*")) +
         Collection("Script", mode, PathRule("Allow", "*/good*")) + "</AppLockerPolicy>";
}

class EventIds : public JournalFixture {
 protected:
  void ExpectWritten(EventId id, uint64_t at_least = 1) {
    EXPECT_TRUE(Await([&] { return Events({id}).size() >= at_least; }))
        << "no event " << static_cast<int>(id) << "; the service said:\n"
        << service_->output();
  }
  void RunAll() {
    for (const char* name : {"good", "bad", "good.sh", "bad.sh"}) {
      static_cast<void>(RunProgram({root_ + "/" + name}, {kUser, kUser, {}}));
    }
  }
  void WriteScripts() {
    WriteProgram(root_ + "/good.sh", "#!/bin/sh\nexit 0\n");
    WriteProgram(root_ + "/bad.sh", "#!/bin/sh\nexit 1\n");
  }
};

TEST(EventIdsKnown, AreAllCausedOrNamedAsNeverWritten) {
  for (uint16_t number = 0; number < 10'000; ++number) {
    const auto id = eventlog::ParseEventId(std::to_string(number));
    if (!id) continue;
    EXPECT_EQ(
        kNeverWritten.count(*id) + kOfSrp.count(*id) + kOfATrial.count(*id) + kHere.count(*id), 1U)
        << number;
  }
}

TEST_F(EventIds, OfDecisionsThatAreEnforced) {
  WriteScripts();
  ASSERT_TRUE(StartWith(ProgramsAndScripts("Enabled"), ""));
  RunAll();
  for (const EventId id : {EventId::kProgramAllowed, EventId::kProgramDenied,
                           EventId::kScriptAllowed, EventId::kScriptDenied}) {
    ExpectWritten(id);
  }
  EXPECT_TRUE(Events({EventId::kProgramAudited, EventId::kScriptAudited}).empty());
  EXPECT_EQ(Events({EventId::kScriptDenied}).front().decision->file.path, root_ + "/bad.sh");
}

TEST_F(EventIds, OfDecisionsThatAreAudited) {
  WriteScripts();
  ASSERT_TRUE(StartWith(ProgramsAndScripts("AuditOnly"), ""));
  // What is only observed may be over before it is looked at.
  for (int i = 0; i < 100 && Events({EventId::kProgramAudited}).empty(); ++i) {
    RunAll();
    usleep(300'000);
  }
  ExpectWritten(EventId::kProgramAudited);
  ExpectWritten(EventId::kScriptAudited);
  EXPECT_TRUE(Events({EventId::kProgramDenied, EventId::kScriptDenied}).empty());
  EXPECT_FALSE(Events({EventId::kScriptAudited}).front().decision->blocked);
}

TEST_F(EventIds, OfTheServicesOwnLife) {
  ASSERT_TRUE(Start());
  ExpectWritten(EventId::kStarted);
  ExpectWritten(EventId::kPolicyApplied);
  EXPECT_FALSE(service_->SetPolicy("<AppLocker"));
  ExpectWritten(EventId::kPolicyFailed);
  constexpr uid_t kNobodys = 54'322;
  ExpectDenied("bad", kNobodys);
  ExpectWritten(EventId::kUserUnresolved);
  const pid_t journal = Journal();
  ASSERT_GT(journal, 0);
  kill(journal, SIGKILL);
  ExpectWritten(EventId::kProcessReplaced);
  EXPECT_TRUE(service_->Stop());
  ExpectWritten(EventId::kStopping);
}

// What a journal had in hand when it was killed is counted, and the next one says so.
TEST_F(EventIds, OfRecordsThatWereLost) {
  ASSERT_TRUE(Start());
  for (int round = 0; round < 50 && Lost() == 0; ++round) {
    const pid_t journal = Journal();
    DenyMany(round * 10, round * 10 + 10);
    if (journal > 0) kill(journal, SIGKILL);
    Await([&] { return Journal() > 0 && Journal() != journal; });
    Await([&] { return Lost() > 0; }, 10);
  }
  EXPECT_GT(Lost(), 0U) << service_->output();
}

TEST_F(EventIds, OfAStoreThatWasSetAside) {
  const std::string directory = SmallDisk(16 << 10);
  std::filesystem::create_directories(std::filesystem::path(store_).parent_path());
  std::ofstream(store_) << std::string(8192, 'x');
  ASSERT_TRUE(Start("state-directory = " + directory + "\n"));
  ExpectWritten(EventId::kStoreSetAside);
}

// A store of events that are older than its settings allow.
TEST_F(EventIds, OfEventsThatWereTooOld) {
  const std::string directory = SmallDisk(32 << 10);
  std::filesystem::create_directories(std::filesystem::path(store_).parent_path());
  {
    auto store = eventlog::EventStore::OpenForWriting(store_, {});
    ASSERT_TRUE(store) << store.error().message;
    constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
    std::vector<Event> old(1000);
    for (Event& event : old) {
      event.id = EventId::kNote;
      event.time_ns = event.last_time_ns = RealtimeNs() - 10 * kDayNs;
      event.text = "long ago";
    }
    ASSERT_TRUE(store->Write(old, {}));
  }
  ASSERT_TRUE(Start("event-store-age = 2d\nstate-directory = " + directory + "\n"));
  ExpectWritten(EventId::kStoreTrimmed);
  EXPECT_LT(Events({EventId::kNote}).size(), 1000U);
}

TEST_F(EventIds, OfNotes) {
  ASSERT_TRUE(Start());
  const pid_t gate = Find("gate");
  ASSERT_GT(gate, 0);
  kill(gate, SIGKILL);
  EXPECT_TRUE(Await([&] { return Says(EventId::kNote, "the gate ended; another is started"); }))
      << service_->output();
}

}  // namespace
}  // namespace portcullis::testing
