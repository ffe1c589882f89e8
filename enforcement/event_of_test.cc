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
  record.file.path = "/home/a/x";
  record.file.path_verified = true;
  record.file.macro_path = "%OSDRIVE%/home/a/x";
  record.file.inode = 8;
  record.process.pid = 12;
  record.process.thread_id = 13;
  record.process.parent_pid = 14;
  record.process.uid = 1000;
  record.process.gid = 1002;
  record.process.terminal = 34817;
  record.process.session_id = 5;
  record.process.command_line = {"x", "-y"};
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

TEST(EventOf, HasTheNumberOfSoftwareRestrictionPoliciesWhereTheyDenied) {
  DecisionRecord record = Denied();
  record.reason = Reason::kSrpRule;
  record.srp = eventlog::EventSrp{srp::Level::kDisallowed, srp::RuleKind::kPath};
  RequestIds ids;
  EXPECT_EQ(EventOf(record, ids).id, EventId::kSrpPathRule);
  record.srp->kind.reset();
  EXPECT_EQ(EventOf(record, ids).id, EventId::kSrpDefaultLevel);
  record.blocked = false;
  EXPECT_EQ(EventOf(record, ids).id, EventId::kProgramAudited) << "it was only observed";
  record.verdict = Verdict::kAllowed;
  EXPECT_EQ(EventOf(record, ids).id, EventId::kProgramAllowed);
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
  const DecisionRecord record = Denied();
  const auto event = EventOf(record, ids);
  EXPECT_EQ(event.time_ns, 17);
  EXPECT_EQ(event.last_time_ns, 17);
  EXPECT_EQ(event.generation, 4U);
  EXPECT_EQ(event.request_id.size(), 14U);
  EXPECT_EQ(event.decision->file, record.file);
  EXPECT_EQ(event.decision->process, record.process);
}

TEST(EventOf, NamesEveryDecisionAnew) {
  RequestIds ids;
  EXPECT_NE(EventOf(Denied(), ids).request_id, EventOf(Denied(), ids).request_id);
}

TEST(EventOf, HasTheRuleAsSddl) {
  auto rule = std::make_shared<applocker::Rule>();
  DecisionRecord record = Denied();
  record.rule = {"id", "name", "", "corp.xml", true};
  record.rule_source = rule;
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
  EXPECT_THAT(ids(Kind::kPolicyConfirmed), ElementsAre(EventId::kPolicyConfirmed));
  EXPECT_THAT(ids(Kind::kPolicyReverted), ElementsAre(EventId::kPolicyReverted));
  EXPECT_THAT(ids(Kind::kProcessReplaced), ElementsAre(EventId::kProcessReplaced));
  EXPECT_THAT(ids(Kind::kStopping), ElementsAre(EventId::kStopping));
  EXPECT_THAT(ids(Kind::kNote), ElementsAre(EventId::kNote));
}

}  // namespace
}  // namespace portcullis::enforcement
