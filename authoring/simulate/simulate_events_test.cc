// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "authoring/simulate/event_users.h"
#include "authoring/simulate/simulate.h"
#include "eventlog/sample_events.h"
#include "eventlog/test_store.h"

namespace portcullis::simulation {
namespace {

using ::testing::SizeIs;

// Nobody has an account.
class NoAccounts final : public AccountDirectory {
 public:
  portcullis::Result<Account> FindAccount(const std::string&) const override {
    return Fail(ErrorCode::kNotFound, "no such account");
  }
  std::optional<uint32_t> FindGroup(const std::string&) const override { return std::nullopt; }
  std::vector<std::pair<uint32_t, std::string>> ListAccounts(size_t) const override { return {}; }
};

class SimulateEventsTest : public eventlog::StoreTest {
 protected:
  SimulateEventsTest() : speller_(HostConfig::Default(), MountTable(), {}) {
    setup_.speller = &speller_;
  }

  // A policy that allows one path.
  static PolicySet Allows(const std::string& path) {
    applocker::AppLockerPolicy policy;
    applocker::RuleCollection& collection = policy.collections.emplace_back();
    collection.type = applocker::CollectionType::kExe;
    applocker::Rule& rule = collection.rules.emplace_back();
    rule.user_or_group_sid = well_known_sids::kEveryone;
    rule.condition = applocker::FilePathCondition{path};
    PolicySet::Builder builder;
    builder.AddMergedLayer({{"policy.xml", std::move(policy)}});
    return *builder.Build();
  }

  SimulationTally Simulate(const std::vector<std::string>& users = {}) {
    const eventlog::EventStore reader = OpenReader();
    EventUsers found(users, accounts_, config_);
    SimulationTally tally;
    const auto done = SimulateEvents(
        reader, [&](const eventlog::EventProcess& process) { return found.Find(process); }, setup_,
        tally);
    EXPECT_TRUE(done) << done.error().message;
    return tally;
  }

  const HostConfig config_ = HostConfig::Default();
  const NoAccounts accounts_;
  const PathSpeller speller_;
  simulation::Setup setup_;
};

TEST_F(SimulateEventsTest, TakeTheRecordedVerdictForTheFormerOne) {
  eventlog::Event event = eventlog::SampleDenial();
  event.count = 5;
  eventlog::EventStore store = OpenWriter();
  Write(store, {event});
  const PolicySet allows = Allows("%OSDRIVE%\\home\\*");
  setup_.policies = &allows;
  const SimulationTally tally = Simulate();
  EXPECT_EQ(tally.counts.facts, 5U);
  EXPECT_EQ(tally.counts.changes, 5U);
  EXPECT_EQ(tally.counts.denied, 0U);
  ASSERT_THAT(tally.groups, SizeIs(1));
  const ChangeGroup& group = tally.groups.begin()->first;
  EXPECT_EQ(group.former.verdict, event.decision->verdict);
  EXPECT_EQ(group.now.verdict, Verdict::kAllowed);
  EXPECT_EQ(group.user, event.decision->process.user);
  EXPECT_EQ(group.folder, "/home/alice");
}

TEST_F(SimulateEventsTest, NameTheRecordedRuleThatNoLongerMatches) {
  eventlog::Event event = eventlog::SampleDenial();
  event.decision->verdict = Verdict::kAllowed;
  event.decision->rule = eventlog::EventRule{"some-id", "an old rule", "", "old.xml", false};
  eventlog::EventStore store = OpenWriter();
  Write(store, {event});
  const PolicySet other = Allows("%OSDRIVE%\\opt\\*");
  setup_.policies = &other;
  const SimulationTally tally = Simulate();
  ASSERT_THAT(tally.groups, SizeIs(1));
  EXPECT_EQ(ToString(tally.groups.begin()->first.cause), "no longer: an old rule");
  EXPECT_EQ(tally.counts.blocked, event.count);
}

TEST_F(SimulateEventsTest, AreComparedWithFormerPoliciesWhereThereAreSome) {
  eventlog::EventStore store = OpenWriter();
  Write(store, {eventlog::SampleDenial()});
  const PolicySet allows = Allows("%OSDRIVE%\\home\\*");
  setup_.policies = setup_.former = &allows;
  EXPECT_EQ(Simulate().counts.changes, 0U);
}

TEST_F(SimulateEventsTest, AreThoseOfTheUsersAskedFor) {
  eventlog::EventStore store = OpenWriter();
  const eventlog::Event event = eventlog::SampleDenial();
  Write(store, {event});
  const PolicySet allows = Allows("*");
  setup_.policies = &allows;
  const eventlog::EventProcess& process = event.decision->process;
  EXPECT_EQ(Simulate({process.user}).counts.facts, event.count);
  EXPECT_EQ(Simulate({process.user_sid->ToString()}).counts.facts, event.count);
  EXPECT_EQ(Simulate({"somebody else"}).counts.facts, 0U);
}

TEST_F(SimulateEventsTest, AreReadToTheLastPage) {
  eventlog::EventStore store = OpenWriter();
  eventlog::Event event = eventlog::SampleDenial();
  event.time_ns = event.last_time_ns = eventlog::Now();  // what is too old goes
  for (int batch = 0; batch < 3; ++batch) {
    Write(store, std::vector<eventlog::Event>(700, event));
  }
  const PolicySet allows = Allows("*");
  setup_.policies = &allows;
  EXPECT_EQ(Simulate().counts.facts, 2100U * event.count);
}

TEST_F(SimulateEventsTest, OfAnAccountThatIsNotHereAreJudgedByItsRecordedSid) {
  EventUsers users({}, accounts_, config_);
  eventlog::EventProcess process;
  process.user = "alice";
  process.user_sid = *Sid::Parse("S-1-5-21-1-2-3-1001");
  const User* user = users.Find(process);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->token.user, *process.user_sid);
  EXPECT_THAT(user->token.groups, SizeIs(2));
  process = {};
  EXPECT_EQ(users.Find(process)->token.user, well_known_sids::kEveryone);
}

}  // namespace
}  // namespace portcullis::simulation
