// SPDX-License-Identifier: Apache-2.0
// Software Restriction Policies and AppLocker in one PolicySet (reference 10.7).
#include <gtest/gtest.h>

#include "policy/policy_set.h"
#include "tests/support/srp_policies.h"

namespace portcullis {
namespace {

using applocker::Action;
using applocker::CollectionType;
using applocker::EnforcementMode;
using Beside = PolicySet::Builder::SrpBesideAppLocker;
using srp::Level;
using testing::AllowPath;
using testing::DenyPath;
using testing::SrpPolicyOf;

NamedPolicy AppLockerWith(Action action, std::string path,
                          EnforcementMode mode = EnforcementMode::kEnabled) {
  applocker::Rule rule;
  rule.action = action;
  rule.condition = applocker::FilePathCondition{std::move(path)};
  rule.user_or_group_sid = well_known_sids::kEveryone;
  applocker::RuleCollection collection;
  collection.type = CollectionType::kExe;
  collection.type_text = "Exe";
  collection.enforcement_mode = mode;
  collection.rules = {rule};
  NamedPolicy named{"applocker.xml", {}};
  named.policy.collections.push_back(std::move(collection));
  return named;
}

Decision Ask(std::vector<NamedPolicy> applocker, const srp::Policy& srp, Beside beside,
             std::string_view path = "C:\\A\\x.exe",
             CollectionType collection = CollectionType::kExe) {
  PolicySet::Builder builder;
  applocker.insert(applocker.begin(), {"srp.reg", {}, nullptr, srp});
  const PolicySet policies =
      *builder.AddMergedLayer(std::move(applocker)).SetSrpBesideAppLocker(beside).Build();
  const FileAttributes file = MakeFileAttributes({}, {{std::string(path)}});
  AccessToken token;
  token.groups = {{well_known_sids::kEveryone, GroupUse::kEnabled}};
  Request request;
  request.collection = collection;
  request.file = &file;
  request.token = &token;
  Decision decision = Decide(policies, request);
  if (decision.srp) decision.srp->rule = nullptr;  // it dies with the set
  decision.rule = nullptr;
  return decision;
}

const srp::Policy kDenyAll = SrpPolicyOf(Level::kDisallowed, {});

TEST(SrpBesideAppLocker, DecidesAloneWhereAppLockerHasNoRules) {
  NamedPolicy empty{"empty.xml", {}};
  for (const auto& applocker : {std::vector<NamedPolicy>{}, {empty}}) {
    Decision decision = Ask(applocker, kDenyAll, Beside::kIgnored);
    EXPECT_EQ(decision.verdict, Verdict::kDeniedByDefault);
    EXPECT_EQ(decision.reason, Reason::kSrpDefault);
    EXPECT_TRUE(decision.would_block());
    decision =
        Ask(applocker, SrpPolicyOf(Level::kDisallowed, {AllowPath("C:\\A")}), Beside::kIgnored);
    EXPECT_EQ(decision.verdict, Verdict::kAllowed);
    EXPECT_EQ(decision.reason, Reason::kSrpRule);
    EXPECT_EQ(decision.srp->level, Level::kUnrestricted);
    decision =
        Ask(applocker, SrpPolicyOf(Level::kUnrestricted, {DenyPath("x.exe")}), Beside::kIgnored);
    EXPECT_EQ(decision.verdict, Verdict::kDenied);
    decision = Ask(applocker, SrpPolicyOf(Level::kUnrestricted, {}), Beside::kIgnored);
    EXPECT_EQ(decision.verdict, Verdict::kAllowedByDefault);
    EXPECT_EQ(decision.reason, Reason::kSrpDefault);
  }
}

TEST(SrpBesideAppLocker, IsIgnoredWhereAppLockerHasARuleOfAnyKind) {
  const Decision decision = Ask({AppLockerWith(Action::kAllow, "*")}, kDenyAll, Beside::kIgnored);
  EXPECT_EQ(decision.verdict, Verdict::kAllowed);
  EXPECT_EQ(decision.reason, Reason::kRule);
  EXPECT_FALSE(decision.srp);
  NamedPolicy of_scripts = AppLockerWith(Action::kAllow, "*");
  of_scripts.policy.collections[0].type = CollectionType::kScript;
  EXPECT_FALSE(IsDenial(Ask({of_scripts}, kDenyAll, Beside::kIgnored).verdict));
}

TEST(SrpBesideAppLocker, WhenAskedTooWhatRestrictsMoreCounts) {
  const NamedPolicy allow = AppLockerWith(Action::kAllow, "*");
  const NamedPolicy deny = AppLockerWith(Action::kDeny, "*");
  const NamedPolicy audit = AppLockerWith(Action::kDeny, "*", EnforcementMode::kAuditOnly);
  const srp::Policy allow_srp = SrpPolicyOf(Level::kDisallowed, {AllowPath("*")});
  EXPECT_EQ(Ask({allow}, kDenyAll, Beside::kAsked).reason, Reason::kSrpDefault);
  EXPECT_EQ(Ask({deny}, allow_srp, Beside::kAsked).reason, Reason::kRule);
  EXPECT_EQ(Ask({deny}, allow_srp, Beside::kAsked).verdict, Verdict::kDenied);
  EXPECT_EQ(Ask({allow}, allow_srp, Beside::kAsked).reason, Reason::kRule);
  EXPECT_EQ(Ask({audit}, allow_srp, Beside::kAsked).verdict, Verdict::kDenied);
  EXPECT_FALSE(Ask({audit}, allow_srp, Beside::kAsked).would_block());
  EXPECT_TRUE(Ask({audit}, kDenyAll, Beside::kAsked).would_block());
  NamedPolicy scripts = allow;
  scripts.policy.collections[0].type = CollectionType::kScript;
  const Decision script = Ask({scripts}, SrpPolicyOf(Level::kBasicUser, {}), Beside::kAsked,
                              "C:\\A\\x.js", CollectionType::kScript);
  EXPECT_FALSE(script.would_block());
  EXPECT_EQ(LevelFor(script, false), Level::kBasicUser) << "less than AppLocker's allow";
}

TEST(SrpBesideAppLocker, APolicyWithoutADefaultLevelIsNone) {
  srp::Policy none = kDenyAll;
  none.default_level.reset();
  EXPECT_FALSE(Ask({}, none, Beside::kAsked).srp);
}

TEST(SrpBesideAppLocker, TheTraceTellsAllThatMatchStrongestFirst) {
  PolicySet::Builder builder;
  const srp::Policy machine =
      SrpPolicyOf(Level::kDisallowed,
                  {AllowPath("C:\\"), DenyPath("*.exe"), AllowPath("D:\\"), AllowPath("C:\\A")});
  const srp::Policy user = SrpPolicyOf(Level::kUnrestricted, {}, srp::Scope::kUser);
  builder.AddMergedLayer({{"user.reg", {}, nullptr, user}, {"machine.reg", {}, nullptr, machine}});
  const PolicySet policies = *builder.Build();
  const FileAttributes file = MakeFileAttributes({}, {{"C:\\A\\x.exe"}});
  const AccessToken token;
  Request request;
  request.file = &file;
  request.token = &token;
  Trace trace;
  const Decision decision = DecideWithTrace(policies, request, trace);
  const std::vector<srp::Rule>& rules = policies.srp()->policies()[1].rules;
  ASSERT_EQ(trace.srp_matches.size(), 3U);
  EXPECT_EQ(trace.srp_matches[0].rule, &rules[1]);
  EXPECT_EQ(trace.srp_matches[1].rule, &rules[3]);
  EXPECT_EQ(trace.srp_matches[2].rule, rules.data());
  EXPECT_EQ(decision.srp->rule, &rules[1]);
  EXPECT_EQ(decision.policy, "machine.reg");
}

}  // namespace
}  // namespace portcullis
