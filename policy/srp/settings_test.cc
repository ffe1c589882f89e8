// SPDX-License-Identifier: Apache-2.0
// Whether anybody asks at all: the table of reference 10.3 and what stands before it.
#include "policy/srp/settings.h"

#include <gtest/gtest.h>

#include <array>

#include "security/sid.h"
#include "tests/support/srp_policies.h"

namespace portcullis::srp {
namespace {

using testing::SrpPolicyOf;
using testing::SrpQuestions;

Policy DenyAll(TransparentEnabled enforcement = TransparentEnabled::kAll) {
  Policy policy = SrpPolicyOf(Level::kDisallowed, {});
  policy.transparent_enabled = enforcement;
  return policy;
}

struct Asker {
  const char* path;
  Operation operation;
  FileKind kind;
  std::array<NotAsked, 3> by_enforcement;  // none, all but libraries, all
};
constexpr auto kAsked = NotAsked::kAsked;
constexpr auto kNot = NotAsked::kNotEnforced;
constexpr Asker kAskers[] = {
    {"C:\\x.bat", Operation::kScript, FileKind::kScript, {kAsked, kAsked, kAsked}},
    {"C:\\x.txt", Operation::kScript, FileKind::kScript, {kAsked, kAsked, kAsked}},
    {"/x.sh", Operation::kExecute, FileKind::kScript, {kAsked, kAsked, kAsked}},
    {"C:\\x.msi", Operation::kInstall, FileKind::kMsi, {kAsked, kAsked, kAsked}},
    {"C:\\x.chm", Operation::kOpen, FileKind::kUnknown, {kNot, kAsked, kAsked}},
    {"C:\\x.txt",
     Operation::kOpen,
     FileKind::kUnknown,
     {kNot, NotAsked::kNotDesignated, NotAsked::kNotDesignated}},
    {"C:\\chm",
     Operation::kOpen,
     FileKind::kUnknown,
     {kNot, NotAsked::kNotDesignated, NotAsked::kNotDesignated}},
    {"C:\\x.txt", Operation::kExecute, FileKind::kPe, {kNot, kAsked, kAsked}},
    {"C:\\x.dll", Operation::kLoad, FileKind::kPe, {kNot, NotAsked::kLibrary, kAsked}},
    {"C:\\x.msix",
     Operation::kPackage,
     FileKind::kAppx,
     {NotAsked::kOtherKind, NotAsked::kOtherKind, NotAsked::kOtherKind}},
};

TEST(SrpSettings, SayWhichOperationsAsk) {
  const AccessToken token;
  for (const Asker& asker : kAskers) {
    const FileAttributes file = MakeFileAttributes({}, {{asker.path}});
    Request request{asker.operation, CollectionFor(asker.operation, asker.kind), &file, &token, {}};
    for (const uint32_t enforcement : {0U, 1U, 2U}) {
      const SrpQuestions asked(DenyAll(static_cast<TransparentEnabled>(enforcement)));
      EXPECT_EQ(asked.Ask(request).not_asked, asker.by_enforcement.at(enforcement))
          << asker.path << " " << ToString(asker.operation) << " " << enforcement;
    }
  }
}

TEST(SrpSettings, WithoutADefaultLevelAreNoPolicy) {
  Policy policy = DenyAll();
  policy.default_level.reset();
  policy.rules = {testing::DenyPath("*")};
  EXPECT_FALSE(SrpQuestions(std::vector{SrpPolicyOf(Level::kUnrestricted, {}), policy})
                   .Ask("C:\\x.exe")
                   .is_blocked)
      << "nor has it rules";
  const Answer answer = SrpQuestions(policy).Ask("C:\\x.exe");
  EXPECT_EQ(answer.not_asked, NotAsked::kNoPolicy);
  EXPECT_FALSE(answer.is_blocked);
}

TEST(SrpSettings, MayLeaveAdministratorsAlone) {
  const FileAttributes file = MakeFileAttributes({}, {{"C:\\x.exe"}});
  AccessToken elevated;
  elevated.groups = {{well_known_sids::kAdministrators, GroupUse::kEnabled}};
  AccessToken linked;
  linked.groups = {{well_known_sids::kAdministrators, GroupUse::kDenyOnly}};
  linked.exe_groups = elevated.groups;
  Policy policy = DenyAll();
  EXPECT_TRUE(SrpQuestions(policy).Ask(file, Operation::kExecute, elevated).is_blocked);
  policy.policy_scope = PolicyScope::kAllButAdministrators;
  const SrpQuestions asked(policy);
  EXPECT_EQ(asked.Ask(file, Operation::kExecute, elevated).not_asked, NotAsked::kAdministrator);
  EXPECT_TRUE(asked.Ask(file, Operation::kExecute, linked).is_blocked);
  EXPECT_TRUE(asked.Ask(file, Operation::kExecute, {}).is_blocked);
}

TEST(SrpSettings, LeaveTheSystemAlone) {
  const FileAttributes file = MakeFileAttributes({}, {{"C:\\x.exe"}});
  AccessToken system;
  system.user = well_known_sids::kLocalSystem;
  AccessToken daemon;
  daemon.groups = {{well_known_sids::kLocalSystem, GroupUse::kEnabled}};
  const SrpQuestions asked(DenyAll());
  for (const AccessToken* token : {&system, &daemon}) {
    EXPECT_EQ(asked.Ask(file, Operation::kExecute, *token).not_asked, NotAsked::kSystemAccount);
  }
}

TEST(SrpSettings, OfMachineAndUserAreTheMoreRestrictive) {
  Policy machine = SrpPolicyOf(Level::kUnrestricted, {});
  machine.transparent_enabled = TransparentEnabled::kAllButLibraries;
  machine.policy_scope = PolicyScope::kAllButAdministrators;
  machine.executable_types = {{"ABC"}};
  Policy user = SrpPolicyOf(Level::kBasicUser, {}, Scope::kUser);
  user.transparent_enabled = TransparentEnabled::kAll;
  user.executable_types = {{"xyz"}};
  const Settings settings(std::vector{machine, user});
  EXPECT_EQ(settings.default_level, Level::kBasicUser);
  EXPECT_EQ(settings.enforcement, TransparentEnabled::kAll);
  EXPECT_EQ(settings.policy_scope, PolicyScope::kAllUsers);
  EXPECT_EQ(settings.executable_types, (std::set<std::string, std::less<>>{"ABC", "XYZ"}));
  user.default_level.reset();
  EXPECT_EQ(Settings(std::vector{machine, user}).enforcement, TransparentEnabled::kAllButLibraries)
      << "a policy that is none has no settings";
}

TEST(SrpLevel, ButUnrestrictedBlocks) {
  const FileAttributes file = MakeFileAttributes({}, {{"C:\\x.exe"}});
  for (const Level level : kLevels) {
    const bool blocks = level != Level::kUnrestricted;
    EXPECT_EQ(SrpQuestions(SrpPolicyOf(level, {})).Ask(file).is_blocked, blocks);
    const SrpQuestions by_rule(
        SrpPolicyOf(Level::kUnrestricted, {testing::PathRuleOf(level, "C:\\")}));
    EXPECT_EQ(by_rule.Ask(file).is_blocked, blocks) << ToString(level);
    EXPECT_EQ(by_rule.Ask(file, Operation::kScript).is_blocked, blocks) << ToString(level);
  }
}

TEST(SrpLevel, BasicUserByDefaultLetsScriptsRun) {
  const FileAttributes file = MakeFileAttributes({}, {{"C:\\x.js"}});
  const SrpQuestions asked(SrpPolicyOf(Level::kBasicUser, {}));
  EXPECT_FALSE(asked.Ask(file, Operation::kScript).is_blocked);
  EXPECT_TRUE(asked.Ask(file, Operation::kInstall).is_blocked);
  EXPECT_TRUE(
      SrpQuestions(SrpPolicyOf(Level::kDisallowed, {})).Ask(file, Operation::kScript).is_blocked);
}

}  // namespace
}  // namespace portcullis::srp
