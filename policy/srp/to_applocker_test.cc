// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/to_applocker.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "policy/applocker/limits.h"
#include "policy/applocker/policy_writer.h"
#include "tests/support/srp_policies.h"
#include "tests/support/test_signer.h"

namespace portcullis::srp {
namespace {

using applocker::CollectionType;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using testing::AllowPath;
using testing::DenyPath;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::SrpPolicyOf;

std::string TextOf(const applocker::Condition& condition) {
  if (const auto* path = std::get_if<FilePathCondition>(&condition)) return path->path;
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    return fmt::format("publisher {}", publisher->publisher_name);
  }
  const auto& hash = std::get<FileHashCondition>(condition).hashes.front();
  return fmt::format("hash {}", ToString(hash.digest.type));
}

// "Allow C:\P\* except C:\P\x, C:\P\y".
std::string TextOf(const applocker::Rule& rule) {
  std::string text = fmt::format("{} {}", ToString(rule.action), TextOf(rule.condition));
  for (const auto& each : rule.exceptions) {
    text +=
        fmt::format("{}{}", &each == &rule.exceptions.front() ? " except " : ", ", TextOf(each));
  }
  return text;
}

// The rules of a collection, but for those of accounts.
std::vector<std::string> RulesOf(const Migration& migration,
                                 CollectionType type = CollectionType::kExe) {
  std::vector<std::string> texts;
  const applocker::RuleCollection* const collection = migration.policy.Find(type);
  if (collection == nullptr) return texts;
  for (const applocker::Rule& rule : collection->rules) {
    if (TextOf(rule.condition) != "*") texts.push_back(TextOf(rule));
  }
  return texts;
}

std::vector<std::string> AccountsOf(const Migration& migration, CollectionType type) {
  std::vector<std::string> sids;
  for (const applocker::Rule& rule : migration.policy.Find(type)->rules) {
    if (TextOf(rule.condition) == "*") sids.push_back(rule.user_or_group_sid.ToString());
  }
  return sids;
}

std::vector<std::string> TypesOf(const Migration& migration) {
  std::vector<std::string> types;
  for (const auto& collection : migration.policy.collections) types.push_back(collection.type_text);
  return types;
}

// Keeps the policy that the report points into.
struct Done {
  std::vector<Policy> policies;
  Migration migration;
};
Done Migrate(Policy policy, const Environment& environment = {}, MigrationOptions options = {}) {
  Done done{{std::move(policy)}, {}};
  auto migration = ToAppLocker(done.policies, environment, options);
  EXPECT_TRUE(migration) << migration.error().message;
  done.migration = *std::move(migration);
  return done;
}

TEST(SrpToAppLocker, AllowsByTheStrongestWhereTheDefaultRestricts) {
  const Done done = Migrate(SrpPolicyOf(
      Level::kDisallowed, {AllowPath("C:\\P\\"), DenyPath("C:\\P\\Temp\\"), DenyPath("x.exe"),
                           AllowPath("C:\\P\\Temp\\Good\\"), DenyPath("D:\\other\\")}));
  EXPECT_THAT(RulesOf(done.migration), ElementsAre("Allow C:\\P\\* except C:\\P\\Temp\\*, *\\x.exe",
                                                   "Allow C:\\P\\Temp\\Good\\* except *\\x.exe"));
  for (const MigratedRule& rule : done.migration.rules) {
    EXPECT_EQ(rule.equality, Equality::kExact);
    EXPECT_THAT(rule.sentences, IsEmpty());
  }
  EXPECT_THAT(done.migration.rules[0].ids, SizeIs(3));  // Exe, Script, Msi
  EXPECT_EQ(done.migration.rules[2].exception_of, 2U);
}

TEST(SrpToAppLocker, DeniesByTheStrongestWhereTheDefaultAllows) {
  const Done done = Migrate(SrpPolicyOf(
      Level::kUnrestricted, {DenyPath("C:\\P\\"), AllowPath("C:\\P\\Good\\"), AllowPath("*.vbs"),
                             DenyPath("C:\\P\\Good\\Bad\\"), AllowPath("C:\\P\\")}));
  EXPECT_THAT(RulesOf(done.migration), ElementsAre("Deny C:\\P\\* except C:\\P\\Good\\*, *\\*.vbs",
                                                   "Deny C:\\P\\Good\\Bad\\* except *\\*.vbs"));
  EXPECT_THAT(AccountsOf(done.migration, CollectionType::kExe), ElementsAre("S-1-1-0"));
}

TEST(SrpToAppLocker, GivesBackWhatLiesBelowAMask) {
  const Done done = Migrate(SrpPolicyOf(
      Level::kDisallowed, {AllowPath("D:\\"), DenyPath("D:\\P\\a*"), DenyPath("D:\\P\\b*")}));
  EXPECT_THAT(RulesOf(done.migration),
              ElementsAre("Allow D:\\* except D:\\P\\a*\\*, D:\\P\\b*\\*, D:\\P\\a*, D:\\P\\b*",
                          "Allow D:\\P\\*\\* except D:\\P\\a*\\*, D:\\P\\b*\\*"));
}

TEST(SrpToAppLocker, NeverDecidesWhereTheSameIsRestricted) {
  const Done done =
      Migrate(SrpPolicyOf(Level::kDisallowed, {AllowPath("x.exe"), DenyPath("x.exe")}));
  EXPECT_THAT(RulesOf(done.migration), IsEmpty());
  EXPECT_THAT(done.migration.rules[0].sentences, ElementsAre(HasSubstr("never decides")));
}

Rule HashRule(Level level, HashAlgorithm algorithm, uint8_t byte) {
  HashCondition hash;
  hash.algorithm = algorithm;
  hash.digest[0] = byte;
  hash.size = 10;
  Rule rule;
  rule.level = level;
  rule.condition = hash;
  return rule;
}

TEST(SrpToAppLocker, TakesHashesBySha256Alone) {
  const Done done = Migrate(
      SrpPolicyOf(Level::kDisallowed,
                  {HashRule(Level::kUnrestricted, HashAlgorithm::kSha256, 1),
                   HashRule(Level::kUnrestricted, HashAlgorithm::kMd5, 2),
                   HashRule(Level::kUnrestricted, HashAlgorithm::kSha256, 3),
                   HashRule(Level::kDisallowed, HashAlgorithm::kSha256, 3), AllowPath("C:\\P\\")}));
  EXPECT_THAT(RulesOf(done.migration),
              ElementsAre("Allow hash SHA256Flat", "Allow C:\\P\\* except hash SHA256Flat"));
  EXPECT_EQ(done.migration.rules[1].equality, Equality::kNone);
  EXPECT_THAT(done.migration.rules[1].sentences, ElementsAre(HasSubstr("MD5 alone")));
  EXPECT_THAT(done.migration.rules[2].sentences, ElementsAre(HasSubstr("the same hash")));
}

Rule CertificateRule(Level level, std::vector<uint8_t> der) {
  Rule rule;
  rule.level = level;
  rule.condition = CertificateCondition{{}, std::move(der)};
  return rule;
}

TEST(SrpToAppLocker, NamesThePublisherOfACertificate) {
  testing::CertificateSpec spec;
  spec.subject = {{"C", "DE"}, {"O", "Acme"}};
  spec.not_after = 4'000'000'000;
  const std::vector<uint8_t> der = testing::MakeCertificate(spec).Der();
  Policy policy =
      SrpPolicyOf(Level::kDisallowed, {CertificateRule(Level::kUnrestricted, der),
                                       CertificateRule(Level::kUnrestricted, {}),
                                       CertificateRule(Level::kUnrestricted, {1, 2, 3})});
  const Done off = Migrate(policy);
  EXPECT_THAT(RulesOf(off.migration), IsEmpty());
  EXPECT_EQ(off.migration.rules[0].equality, Equality::kExact);
  policy.authenticode_enabled = true;
  const Done done = Migrate(policy);
  EXPECT_THAT(RulesOf(done.migration), ElementsAre("Allow publisher O=ACME, C=DE"));
  EXPECT_EQ(done.migration.rules[0].equality, Equality::kInexact);
  EXPECT_EQ(done.migration.rules[1].equality, Equality::kNone);
  EXPECT_THAT(done.migration.rules[2].sentences, ElementsAre(HasSubstr("no certificate")));
}

TEST(SrpToAppLocker, HasNoEqualForZones) {
  Rule rule;
  rule.level = Level::kUnrestricted;
  rule.condition = UrlZoneCondition{UrlZone::kIntranet};
  const Done done = Migrate(SrpPolicyOf(Level::kDisallowed, {rule}));
  EXPECT_EQ(done.migration.rules[0].equality, Equality::kNone);
  EXPECT_THAT(done.migration.rules[0].sentences, ElementsAre(HasSubstr("Intranet")));
  EXPECT_EQ(Migrate(SrpPolicyOf(Level::kUnrestricted, {rule})).migration.rules[0].equality,
            Equality::kExact);
}

TEST(SrpToAppLocker, ChoosesCollectionsByWhoAsks) {
  Policy policy = SrpPolicyOf(Level::kDisallowed, {});
  policy.transparent_enabled = TransparentEnabled::kNone;
  EXPECT_THAT(TypesOf(Migrate(policy).migration), ElementsAre("Script", "Msi"));
  policy.transparent_enabled = TransparentEnabled::kAllButLibraries;
  EXPECT_THAT(TypesOf(Migrate(policy).migration), ElementsAre("Exe", "Appx", "Script", "Msi"));
  policy.transparent_enabled = TransparentEnabled::kAll;
  EXPECT_THAT(TypesOf(Migrate(policy).migration),
              ElementsAre("Exe", "Appx", "Dll", "Script", "Msi"));
  policy.default_level.reset();
  EXPECT_THAT(TypesOf(Migrate(policy).migration), IsEmpty());
}

TEST(SrpToAppLocker, LeavesWhoWasLeftAloneAlone) {
  Policy policy = SrpPolicyOf(Level::kDisallowed, {});
  EXPECT_THAT(AccountsOf(Migrate(policy).migration, CollectionType::kExe), ElementsAre("S-1-5-18"));
  policy.policy_scope = PolicyScope::kAllButAdministrators;
  EXPECT_THAT(AccountsOf(Migrate(policy).migration, CollectionType::kExe),
              ElementsAre("S-1-5-18", "S-1-5-32-544"));
  policy.default_level = Level::kBasicUser;
  EXPECT_THAT(AccountsOf(Migrate(policy).migration, CollectionType::kScript),
              ElementsAre("S-1-1-0"));
}

TEST(SrpToAppLocker, WritesAMacroWhereItStandsForTheSameFolders) {
  Environment environment;
  environment.Set("windir", {"/usr", "C:\\Windows"});
  environment.Set("ProgramFiles", {"C:\\Program Files"});
  MigrationOptions options;
  options.macros = {{"%WINDIR%", {"/usr", "C:\\Windows"}},
                    {"%PROGRAMFILES%", {"C:\\Program Files", "C:\\Program Files (x86)"}}};
  const Policy policy =
      SrpPolicyOf(Level::kDisallowed, {AllowPath("%windir%\\"), AllowPath("%ProgramFiles%\\"),
                                       DenyPath("%WinDir%\\Temp\\"), AllowPath("%nothing%\\x\\")});
  const Done done = Migrate(policy, environment, options);
  EXPECT_THAT(RulesOf(done.migration),
              ElementsAre("Allow %WINDIR%\\* except %WINDIR%\\Temp\\*",
                          "Allow C:\\Program Files\\* except %WINDIR%\\Temp\\*"));
  EXPECT_THAT(done.migration.rules[3].sentences,
              ElementsAre(HasSubstr("%nothing% has no value"), HasSubstr("names no file")));
  options.paths_for = PathsFor::kWindows;
  EXPECT_THAT(
      RulesOf(Migrate(policy, environment, options).migration),
      ElementsAre("Allow %WINDIR%\\* except %WINDIR%\\Temp\\*", "Allow C:\\Program Files\\*"));
  options.macros.clear();
  EXPECT_THAT(RulesOf(Migrate(policy, environment, options).migration),
              ElementsAre("Allow C:\\Windows\\* except C:\\Windows\\Temp\\*",
                          "Allow C:\\Program Files\\*"));
}

TEST(SrpToAppLocker, GivesTheSameIdsEachTimeAndEachRuleItsOwn) {
  const Policy policy = SrpPolicyOf(Level::kDisallowed, {AllowPath("C:\\P"), AllowPath("*.exe")});
  const Done one = Migrate(policy);
  const Done two = Migrate(policy);
  EXPECT_EQ(*applocker::WritePolicy(one.migration.policy),
            *applocker::WritePolicy(two.migration.policy));
  std::vector<std::string> ids;
  for (const auto& collection : one.migration.policy.collections) {
    for (const auto& rule : collection.rules) ids.push_back(rule.id.ToString());
  }
  std::ranges::sort(ids);
  EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
  EXPECT_EQ(ids.front()[14], '5');  // the version
}

TEST(SrpToAppLocker, SaysWhatXmlCanNotCarry) {
  const Done done = Migrate(SrpPolicyOf(Level::kDisallowed, {AllowPath("C:\\\x01\\")}));
  EXPECT_EQ(done.migration.rules[0].equality, Equality::kNone);
  EXPECT_THAT(done.migration.rules[0].sentences, ElementsAre(HasSubstr("XML")));
}

Policy WithExceptions(size_t count) {
  std::vector<Rule> rules = {AllowPath("C:\\")};
  for (size_t i = 0; i < count; ++i) rules.push_back(DenyPath(fmt::format("x{}", i)));
  Policy policy = SrpPolicyOf(Level::kDisallowed, std::move(rules));
  policy.transparent_enabled = TransparentEnabled::kNone;
  return policy;
}

TEST(SrpToAppLocker, RefusesMoreExceptionsThanARuleHolds) {
  const size_t most = applocker::kMaxExceptionsPerRule;
  EXPECT_THAT(RulesOf(Migrate(WithExceptions(most)).migration, CollectionType::kMsi), SizeIs(1));
  const std::vector<Policy> policies = {WithExceptions(most + 1)};
  const auto refused = ToAppLocker(policies, {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("10001 exceptions of one rule"));
}

}  // namespace
}  // namespace portcullis::srp
