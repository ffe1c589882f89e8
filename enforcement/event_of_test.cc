// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;
using eventlog::EventId;
using eventlog::RequestIds;

DecisionRecord Denied() {
  DecisionRecord record;
  record.time_ns = 17;
  record.generation = 4;
  record.verdict = Verdict::kDenied;
  record.collection = CollectionType::kExe;
  record.enforcement = EnforcementMode::kEnabled;
  record.reason = Reason::kRule;
  record.blocked = true;
  record.path = "/home/a/x";
  record.path_verified = true;
  record.macro_path = "%OSDRIVE%/home/a/x";
  record.file = FileStatus{{7, 8, 9, 10, 11}, 0100755, 1000, 1001, 1};
  record.pid = 12;
  record.tid = 13;
  record.ppid = 14;
  record.uid = 1000;
  record.gid = 1002;
  record.trace = {34817, 5};
  record.command_line = {"x", "-y"};
  return record;
}

EventId IdFor(CollectionType collection, Verdict verdict, bool blocked) {
  DecisionRecord record = Denied();
  record.collection = collection;
  record.verdict = verdict;
  record.blocked = blocked;
  RequestIds ids;
  return EventOf(record, ids).id;
}

TEST(EventOf, HasApplockersNumberByCollectionAndEffect) {
  const auto denied = Verdict::kDeniedByDefault;
  EXPECT_EQ(IdFor(CollectionType::kExe, Verdict::kAllowed, false), EventId::kProgramAllowed);
  EXPECT_EQ(IdFor(CollectionType::kExe, denied, false), EventId::kProgramAudited);
  EXPECT_EQ(IdFor(CollectionType::kDll, denied, true), EventId::kProgramDenied);
  EXPECT_EQ(IdFor(CollectionType::kScript, Verdict::kAllowed, false), EventId::kScriptAllowed);
  EXPECT_EQ(IdFor(CollectionType::kScript, denied, false), EventId::kScriptAudited);
  EXPECT_EQ(IdFor(CollectionType::kMsi, denied, true), EventId::kScriptDenied);
}

// A busy file, a deadline, the failure policy: the verdict allowed, or there was none.
TEST(EventOf, CountsWhatWasBlockedAsDenied) {
  EXPECT_EQ(IdFor(CollectionType::kExe, Verdict::kAllowed, true), EventId::kProgramDenied);
  DecisionRecord record = Denied();
  record.collection.reset();
  record.answered_by = AnsweredBy::kFailurePolicy;
  RequestIds ids;
  const auto event = EventOf(record, ids);
  EXPECT_EQ(event.id, EventId::kProgramDenied);
  EXPECT_EQ(event.decision->answered_by, AnsweredBy::kFailurePolicy);
}

TEST(EventOf, CarriesWhatIsKnownOfFileAndAsker) {
  RequestIds ids;
  const auto event = EventOf(Denied(), ids);
  EXPECT_EQ(event.time_ns, 17);
  EXPECT_EQ(event.last_time_ns, 17);
  EXPECT_EQ(event.generation, 4U);
  EXPECT_EQ(event.request_id.size(), 14U);
  const auto& file = event.decision->file;
  EXPECT_EQ(file.macro_path, "%OSDRIVE%/home/a/x");
  EXPECT_EQ(file.device, 7U);
  EXPECT_EQ(file.inode, 8U);
  EXPECT_EQ(file.size, 9U);
  EXPECT_EQ(file.mtime_ns, 10);
  EXPECT_EQ(file.mode, 0100755U);
  EXPECT_EQ(file.owner_uid, 1000U);
  EXPECT_EQ(file.owner_gid, 1001U);
  const auto& process = event.decision->process;
  EXPECT_EQ(process.pid, 12U);
  EXPECT_EQ(process.thread_id, 13U);
  EXPECT_EQ(process.parent_pid, 14U);
  EXPECT_EQ(process.gid, 1002U);
  EXPECT_EQ(process.terminal, 34817U);
  EXPECT_EQ(process.session_id, 5U);
  EXPECT_THAT(process.command_line, ::testing::ElementsAre("x", "-y"));
}

TEST(EventOf, NamesEveryDecisionAnew) {
  RequestIds ids;
  EXPECT_NE(EventOf(Denied(), ids).request_id, EventOf(Denied(), ids).request_id);
}

TEST(EventOf, HasTheRuleAsSddl) {
  auto rule = std::make_shared<applocker::Rule>();
  DecisionRecord record = Denied();
  record.rule = {"id", "name", true, "corp.xml", rule};
  RequestIds ids;
  const auto event = EventOf(record, ids);
  EXPECT_EQ(event.decision->rule->id, "id");
  EXPECT_TRUE(event.decision->rule->is_deny);
  EXPECT_THAT(event.decision->rule->sddl, ::testing::StartsWith("D:("));
}

TEST(EventsOf, NumbersWhatBefallsTheService) {
  const auto ids = [](ServiceEvent::Kind kind) {
    std::vector<EventId> found;
    for (const auto& event : EventsOf({kind, "text", 3})) {
      EXPECT_EQ(event.generation, 3U);
      EXPECT_FALSE(event.text.empty());
      EXPECT_GT(event.time_ns, 0);
      found.push_back(event.id);
    }
    return found;
  };
  using Kind = ServiceEvent::Kind;
  using ::testing::ElementsAre;
  EXPECT_THAT(ids(Kind::kReady), ElementsAre(EventId::kStarted, EventId::kPolicyApplied));
  EXPECT_THAT(ids(Kind::kReloaded), ElementsAre(EventId::kPolicyApplied));
  EXPECT_THAT(ids(Kind::kReloadFailed), ElementsAre(EventId::kPolicyFailed));
  EXPECT_THAT(ids(Kind::kGateReplaced), ElementsAre(EventId::kProcessReplaced));
  EXPECT_THAT(ids(Kind::kProcessReplaced), ElementsAre(EventId::kProcessReplaced));
  EXPECT_THAT(ids(Kind::kStopping), ElementsAre(EventId::kStopping));
  EXPECT_THAT(ids(Kind::kNote), ElementsAre(EventId::kNote));
}

}  // namespace
}  // namespace portcullis::enforcement
