// SPDX-License-Identifier: Apache-2.0
#include "enforcement/policy_in_force.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/held_bytes.h"
#include "policy/compiled/policy_image.h"
#include "tests/support/srp_policies.h"

namespace portcullis::enforcement {
namespace {

using applocker::CollectionType;
using applocker::EnforcementMode;

constexpr Sid kAlice = well_known_sids::UnixUser(1001);
constexpr Sid kStaff = well_known_sids::UnixGroup(50);

applocker::Rule RuleFor(const Sid& sid, applocker::Condition condition) {
  applocker::Rule rule;
  rule.user_or_group_sid = sid;
  rule.condition = std::move(condition);
  return rule;
}

NamedPolicy Policy(CollectionType type, EnforcementMode mode, std::vector<applocker::Rule> rules) {
  NamedPolicy named;
  named.name = "test";
  applocker::RuleCollection collection;
  collection.type = type;
  collection.enforcement_mode = mode;
  collection.rules = std::move(rules);
  named.policy.collections.push_back(std::move(collection));
  return named;
}

ForcePtr Build(NamedPolicy policy, uint64_t generation = 1) {
  return PolicyInForce::Build({std::move(policy)}, generation).value();
}

const applocker::Condition kAnything = applocker::FilePathCondition{"*"};

TEST(PolicyInForce, EnforcesUnlessEveryCollectionIsAudited) {
  const auto rules = std::vector{RuleFor(kAlice, kAnything)};
  EXPECT_TRUE(Build(Policy(CollectionType::kExe, EnforcementMode::kEnabled, rules))->enforces());
  EXPECT_TRUE(
      Build(Policy(CollectionType::kExe, EnforcementMode::kNotConfigured, rules))->enforces());
  EXPECT_FALSE(Build(Policy(CollectionType::kExe, EnforcementMode::kAuditOnly, rules))->enforces());
  EXPECT_FALSE(Build(Policy(CollectionType::kExe, EnforcementMode::kEnabled, {}))->enforces());
  EXPECT_FALSE(Build(Policy(CollectionType::kMsi, EnforcementMode::kEnabled, rules))->enforces());
  EXPECT_FALSE(PolicyInForce::Build({}, 1).value()->enforces());
}

TEST(PolicyInForce, IsBuiltFromACompiledFileThatIsWholeAlone) {
  PolicySet::Builder builder;
  builder.AddMergedLayer(
      {Policy(CollectionType::kExe, EnforcementMode::kEnabled, {RuleFor(kAlice, kAnything)})});
  const std::string file = builder.Build()->WriteCompiled(0).value();
  const auto build = [](const std::string& bytes) -> Result<ForcePtr> {
    std::vector<NamedPolicy> policies;
    policies.push_back(
        {"p.compiled", {}, TRY(compiled::PolicyImage::Open(CopyAligned(AsBytes(bytes))))});
    return PolicyInForce::Build(std::move(policies), 3);
  };
  const auto force = build(file);
  ASSERT_TRUE(force) << force.error().message;
  EXPECT_TRUE((*force)->enforces());
  EXPECT_EQ((*force)->generation(), 3U);
  AccessToken alice;
  alice.user = kAlice;
  EXPECT_NE((*force)->ClassOf(alice), (*force)->ClassOf({}));

  size_t refused = 0;
  for (size_t at = 0; at < file.size(); ++at) {
    std::string damaged = file;
    damaged[at] ^= 1;
    if (!build(damaged)) ++refused;
  }
  EXPECT_EQ(refused, file.size());
}

TEST(PolicyInForce, JudgesOpensOnlyForLoadsScriptsAndWine) {
  const auto rules = std::vector{RuleFor(kAlice, kAnything)};
  const auto exe = Build(Policy(CollectionType::kExe, EnforcementMode::kEnabled, rules));
  EXPECT_FALSE(exe->judges_opens(false));
  EXPECT_TRUE(exe->judges_opens(true));
  for (const CollectionType type : {CollectionType::kDll, CollectionType::kScript}) {
    const auto loads = Build(Policy(type, EnforcementMode::kAuditOnly, rules));
    EXPECT_TRUE(loads->judges_opens(false));
    EXPECT_FALSE(Build(Policy(type, EnforcementMode::kEnabled, {}))->judges_opens(true));
  }
}

TEST(PolicyInForce, AsksForSha1OnlyWhereARuleHasIt) {
  const auto hash_of = [](HashType type) {
    return applocker::FileHashCondition{{{FileDigest{type, {}}, {}, {}}}};
  };
  const auto hashing = [](applocker::Rule rule) {
    return Build(Policy(CollectionType::kExe, EnforcementMode::kEnabled, {std::move(rule)}))
        ->hashing();
  };
  EXPECT_EQ(hashing(RuleFor(kAlice, hash_of(HashType::kSha256))), Hashing::kWithoutSha1);
  EXPECT_EQ(hashing(RuleFor(kAlice, hash_of(HashType::kSha1))), Hashing::kAll);
  applocker::Rule excepted = RuleFor(kAlice, kAnything);
  excepted.exceptions.push_back(hash_of(HashType::kSha1));
  EXPECT_EQ(hashing(excepted), Hashing::kAll);
}

ForcePtr BuildSrp(const srp::Policy& policy) {
  std::vector<NamedPolicy> policies;
  policies.push_back({"srp.reg", {}, nullptr, policy});
  return *PolicyInForce::Build(std::move(policies), 1);
}

TEST(PolicyInForce, AsksForWhatSoftwareRestrictionPoliciesAskFor) {
  srp::Policy policy = testing::SrpPolicyOf(srp::Level::kDisallowed, {});
  const auto enforces = [&policy](CollectionType type, srp::TransparentEnabled enforcement) {
    policy.transparent_enabled = enforcement;
    return BuildSrp(policy)->enforces(type);
  };
  using enum srp::TransparentEnabled;
  EXPECT_TRUE(enforces(CollectionType::kScript, kNone));
  EXPECT_FALSE(enforces(CollectionType::kExe, kNone));
  EXPECT_TRUE(enforces(CollectionType::kExe, kAllButLibraries));
  EXPECT_FALSE(enforces(CollectionType::kDll, kAllButLibraries));
  EXPECT_TRUE(enforces(CollectionType::kDll, kAll));
  EXPECT_TRUE(BuildSrp(policy)->judges_opens(false));
  EXPECT_FALSE(BuildSrp({})->enforces()) << "without a default level it is no policy";
}

TEST(PolicyInForce, TakesWeakDigestsOnlyForRulesThatHoldThem) {
  srp::Rule rule;
  rule.condition = srp::HashCondition{};
  const auto hashing = [&rule](srp::HashAlgorithm algorithm) {
    std::get<srp::HashCondition>(rule.condition).algorithm = algorithm;
    return BuildSrp(testing::SrpPolicyOf(srp::Level::kDisallowed, {rule}))->hashing();
  };
  EXPECT_EQ(hashing(srp::HashAlgorithm::kMd5), Hashing::kAllAndWeakFlat);
  EXPECT_EQ(hashing(srp::HashAlgorithm::kSha1), Hashing::kAllAndWeakFlat);
  EXPECT_EQ(hashing(srp::HashAlgorithm::kSha256), Hashing::kWithoutSha1);
}

TEST(PolicyInForce, ClassesTokensByWhatSoftwareRestrictionPoliciesSee) {
  const auto force = BuildSrp(testing::SrpPolicyOf(srp::Level::kDisallowed, {}));
  AccessToken user;
  user.user = kAlice;
  AccessToken administrator = user;
  administrator.groups = {{well_known_sids::kAdministrators, GroupUse::kEnabled}};
  AccessToken system = user;
  system.groups = {{well_known_sids::kLocalSystem, GroupUse::kEnabled}};
  EXPECT_NE(force->ClassOf(user), force->ClassOf(administrator));
  EXPECT_NE(force->ClassOf(user), force->ClassOf(system));
  EXPECT_NE(force->ClassOf(administrator), force->ClassOf(system));
}

TEST(PolicyInForce, ClassesTokensByWhatRulesCanSee) {
  const auto force = Build(Policy(CollectionType::kExe, EnforcementMode::kEnabled,
                                  {RuleFor(kAlice, kAnything), RuleFor(kStaff, kAnything)}));
  AccessToken token;
  token.user = well_known_sids::UnixUser(1002);
  AccessToken other = token;
  other.user = well_known_sids::UnixUser(1003);
  other.groups = {{well_known_sids::UnixGroup(99), GroupUse::kEnabled}};
  EXPECT_EQ(force->ClassOf(token), force->ClassOf(other));

  std::vector<AccessToken> different(6, token);
  different[1].user = kAlice;
  different[2].groups = {{kStaff, GroupUse::kEnabled}};
  different[3].groups = {{kStaff, GroupUse::kDenyOnly}};
  different[4].is_service = true;
  different[5].exe_groups = {{kStaff, GroupUse::kEnabled}};
  for (size_t i = 0; i < different.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(force->ClassOf(different[i]), force->ClassOf(different[j])) << i << " " << j;
    }
  }
  // A user's SID and an enabled group of that SID match the same rules.
  AccessToken as_group = token;
  as_group.groups = {{kAlice, GroupUse::kEnabled}, {kAlice, GroupUse::kEnabled}};
  EXPECT_EQ(force->ClassOf(as_group), force->ClassOf(different[1]));
}

TEST(ForceSlot, AnswersByThePolicyInForceAlone) {
  ForceSlot slot;
  const ForcePtr first = PolicyInForce::Build({}, 1).value();
  const ForcePtr second = PolicyInForce::Build({}, 2).value();
  slot.Replace(first);
  int answers = 0;
  EXPECT_TRUE(slot.IfCurrent({first, 0}, [&] { ++answers; }));
  slot.Replace(second);
  EXPECT_FALSE(slot.IfCurrent({first, 0}, [&] { ++answers; }));
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(slot.Get()->generation(), 2U);
}

TEST(ForceSlot, AnswersByTheAnchorsInForceAlone) {
  ForceSlot slot;
  slot.Replace(PolicyInForce::Build({}, 1).value());
  const InForce before = slot.Now();
  EXPECT_TRUE(slot.IfCurrent(before, [] {}));
  slot.RenewTrust();
  EXPECT_FALSE(slot.IfCurrent(before, [] {}));
  EXPECT_EQ(slot.Get(), before.policy) << "the policy stays";
  EXPECT_TRUE(slot.IfCurrent(slot.Now(), [] {}));
}

TEST(ForceSlot, WaitsForAnswersBeforeItReplaces) {
  ForceSlot slot;
  const ForcePtr first = PolicyInForce::Build({}, 1).value();
  slot.Replace(first);
  std::atomic<bool> answering{false};
  std::atomic<bool> go_on{false};
  std::atomic<bool> answered{false};
  std::thread answerer([&] {
    slot.IfCurrent({first, 0}, [&] {
      answering = true;
      while (!go_on) std::this_thread::yield();
      answered = true;
    });
  });
  while (!answering) std::this_thread::yield();
  std::thread replacer([&] {
    slot.Replace(PolicyInForce::Build({}, 2).value());
    EXPECT_TRUE(answered);
  });
  go_on = true;
  replacer.join();
  answerer.join();
}

TEST(VerdictCache, KeepsVerdictsApart) {
  VerdictCache cache({10, 10'000});
  const VerdictKey key{1, Operation::kExecute, "v/usr/bin/ls", "u"};
  auto verdict = std::make_shared<KnownVerdict>();
  cache.Put(key, verdict);
  EXPECT_EQ(cache.Find(key), verdict);
  for (int i = 0; i < 4; ++i) {
    VerdictKey other = key;
    if (i == 0) other.file = 2;
    if (i == 1) other.operation = Operation::kLoad;
    if (i == 2) other.place = "c/usr/bin/ls";
    if (i == 3) other.token_class = "s";
    EXPECT_EQ(cache.Find(other), nullptr) << i;
  }
}

TEST(VerdictCache, ForgetsWhereLongPathsFillIt) {
  VerdictCache cache({1000, 50'000});
  const auto key = [](uint64_t file) {
    return VerdictKey{file, Operation::kExecute, std::string(4000, 'p'), "u"};
  };
  for (uint64_t file = 1; file <= 20; ++file)
    cache.Put(key(file), std::make_shared<KnownVerdict>());
  EXPECT_EQ(cache.Find(key(1)), nullptr);
  EXPECT_NE(cache.Find(key(20)), nullptr);
}

}  // namespace
}  // namespace portcullis::enforcement
