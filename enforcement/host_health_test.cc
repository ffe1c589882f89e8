// SPDX-License-Identifier: Apache-2.0
#include "enforcement/host_health.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace portcullis::enforcement {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Property;

class HostHealth : public ::testing::Test {
 protected:
  HostHealth() {
    std::string pattern = "/tmp/portcullis-health-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~HostHealth() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& name, std::string_view text) const {
    const std::filesystem::path path = folder_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::string folder_;
};

TEST_F(HostHealth, WantsNoProgramsInMemoryFiles) {
  const struct {
    const char* value;
    bool weakens;
  } rows[] = {{"2\n", false}, {"1\n", true}, {"0\n", true}, {"two\n", true}};
  EXPECT_TRUE(CheckSysctls(folder_)[0].weakens()) << "a kernel that has no such setting";
  for (const auto& row : rows) {
    Write("vm/memfd_noexec", row.value);
    EXPECT_EQ(CheckSysctls(folder_)[0].weakens(), row.weakens) << row.value;
  }
}

TEST_F(HostHealth, WantsNoUserNamespacesOfOrdinaryUsers) {
  EXPECT_TRUE(CheckSysctls(folder_)[1].weakens());
  Write("user/max_user_namespaces", "63000\n");
  Write("kernel/unprivileged_userns_clone", "1\n");
  Write("kernel/apparmor_restrict_unprivileged_userns", "0\n");
  EXPECT_TRUE(CheckSysctls(folder_)[1].weakens());
  const std::pair<const char*, const char*> cures[] = {
      {"user/max_user_namespaces", "0"},
      {"kernel/unprivileged_userns_clone", "0"},
      {"kernel/apparmor_restrict_unprivileged_userns", "1"},
  };
  for (const auto& [name, value] : cures) {
    std::string before;
    std::ifstream(folder_ + "/" + name) >> before;
    Write(name, value);
    EXPECT_FALSE(CheckSysctls(folder_)[1].weakens()) << name;
    Write(name, before);
  }
}

TEST_F(HostHealth, CountsLoginUids) {
  Write("1/loginuid", "4294967295");
  Write("20/loginuid", "1000");
  Write("300/loginuid", "0");
  Write("self/loginuid", "1000");
  Write("4000/comm", "no audit in this kernel");
  const SessionCount count = CountSessions(folder_);
  EXPECT_EQ(count.processes, 4U);
  EXPECT_EQ(count.with_login_uid, 2U);
}

TEST(CheckServiceProcess, SaysWhenTheSettingExemptsEverybody) {
  const SessionCount nobody{40, 0};
  const SessionCount somebody{40, 3};
  EXPECT_TRUE(CheckServiceProcess(ServiceProcess::kLoginUid, nobody).weakens());
  EXPECT_THAT(CheckServiceProcess(ServiceProcess::kLoginUid, nobody).text,
              HasSubstr("every process counts as a service's"));
  EXPECT_FALSE(CheckServiceProcess(ServiceProcess::kLoginUid, somebody).weakens());
  EXPECT_THAT(CheckServiceProcess(ServiceProcess::kLoginUid, somebody).text,
              HasSubstr("37 of 40 processes"));
  EXPECT_TRUE(CheckServiceProcess(ServiceProcess::kSystemAccount, nobody).weakens());
  EXPECT_FALSE(CheckServiceProcess(ServiceProcess::kSystemAccount, somebody).weakens());
  EXPECT_FALSE(CheckServiceProcess(ServiceProcess::kNone, nobody).weakens());
}

TEST(CheckKernel, WeakensByWhatIsRequiredAlone) {
  for (const Finding& finding : CheckKernel(KernelFeatures())) {
    EXPECT_THAT(finding.text, HasSubstr("absent: "));
  }
  KernelFeatures debian12;
  debian12.permission_events = debian12.unlimited_queue = debian12.thread_ids = debian12.leases =
      true;
  for (const Finding& finding : CheckKernel(debian12)) {
    EXPECT_FALSE(finding.weakens()) << finding.subject;
  }
  debian12.leases = false;
  const auto findings = CheckKernel(debian12);
  EXPECT_EQ(std::ranges::count_if(findings, &Finding::weakens), 1);
}

TEST(CheckMounts, NamesWhatIsNotJudged) {
  MarkTargets targets;
  targets.points = {"/"};
  EXPECT_EQ(CheckMounts(targets, {}).size(), 1U);
  EXPECT_FALSE(CheckMounts(targets, {})[0].weakens());
  targets.unmarked = {{"/srv/share", "a network file system"}};
  EXPECT_THAT(
      CheckMounts(targets, {}),
      ElementsAre(AllOf(Field(&Finding::subject, "/srv/share"), Property(&Finding::weakens, true),
                        Field(&Finding::text, HasSubstr("a network file system; ")))));
}

TEST(CheckMounts, TakesASelectionOfFileSystemsForAWeakness) {
  MarkTargets targets;
  targets.points = {"/srv/a", "/srv/b"};
  EXPECT_THAT(
      CheckMounts(targets, targets.points),
      ElementsAre(AllOf(Field(&Finding::subject, "file-system"), Property(&Finding::weakens, true),
                        Field(&Finding::text, HasSubstr("on /srv/a, /srv/b is judged")))));
}

applocker::RuleCollection Collection(applocker::CollectionType type,
                                     applocker::EnforcementMode mode, size_t rules) {
  applocker::RuleCollection collection;
  collection.type = type;
  collection.enforcement_mode = mode;
  collection.rules.resize(rules);
  return collection;
}

TEST(CheckPolicies, TellsOfCollectionsThatDoNotEnforce) {
  using applocker::CollectionType;
  using applocker::EnforcementMode;
  NamedPolicy policy;
  policy.policy.collections = {Collection(CollectionType::kExe, EnforcementMode::kNotConfigured, 1),
                               Collection(CollectionType::kScript, EnforcementMode::kAuditOnly, 1)};
  std::vector<NamedPolicy> policies;
  policies.push_back(std::move(policy));
  const auto set = PolicySet::Builder().AddMergedLayer(std::move(policies)).Build();
  ASSERT_TRUE(set) << set.error().message;
  const auto is = [](const char* subject, const char* text, bool weakens) {
    return AllOf(Field(&Finding::subject, subject), Field(&Finding::text, text),
                 Property(&Finding::weakens, weakens));
  };
  EXPECT_THAT(CheckPolicies(*set),
              ElementsAre(is("Exe rules", "enforced", false),
                          is("Dll rules", "none: everything of this kind runs", true),
                          is("Script rules", "audited only: what they deny still runs", true)));
}

TEST(CheckSettings, TellsOfThoseThatLetRunWhatIsDenied) {
  ServiceConfig config;
  EXPECT_THAT(CheckSettings(config), Each(Property(&Finding::weakens, false)));
  config.failure_policy = FailurePolicy::kAllow;
  EXPECT_TRUE(CheckSettings(config)[0].weakens());
  config.failure_policy = FailurePolicy::kDeny;
  config.other_roots = OtherRoots::kAllow;
  EXPECT_FALSE(CheckSettings(config)[0].weakens());
  EXPECT_TRUE(CheckSettings(config)[1].weakens());
}

TEST(CheckRescue, SaysWhatARescueBootLeavesUnenforced) {
  EXPECT_FALSE(CheckRescue(RescueMode::kObserve, BootMode::kNormal).weakens());
  EXPECT_THAT(CheckRescue(RescueMode::kObserve, BootMode::kNormal).text,
              HasSubstr("a rescue boot denies nothing"));
  EXPECT_TRUE(CheckRescue(RescueMode::kObserve, BootMode::kRescue).weakens());
  EXPECT_FALSE(CheckRescue(RescueMode::kEnforce, BootMode::kRescue).weakens());
  EXPECT_TRUE(CheckRescue(RescueMode::kEnforce, BootMode::kEmergency).weakens());
}

TEST_F(HostHealth, WantsTheServiceStartedAtBoot) {
  EXPECT_TRUE(CheckStartedAtBoot(folder_).weakens());
  const std::string wants = folder_ + "/etc/systemd/system/basic.target.wants";
  std::filesystem::create_directories(wants);
  std::filesystem::create_symlink("/nowhere", wants + "/portcullis.service");
  EXPECT_FALSE(CheckStartedAtBoot(folder_).weakens());
}

TEST_F(HostHealth, WantsItsFilesToBeRootsAlone) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root: files of root's own";
  // /tmp is everybody's: what stands above the folder must be root's alone as well.
  const std::string root = "/run" + folder_.substr(4);
  std::filesystem::create_directory(root);
  const std::string policy = root + "/policy.xml";
  std::ofstream(policy) << "x";
  chmod(policy.c_str(), 0644);
  EXPECT_THAT(CheckOwnFiles({policy}), ElementsAre(Property(&Finding::weakens, false)));
  chmod(policy.c_str(), 0664);
  EXPECT_THAT(CheckOwnFiles({policy}), ElementsAre(Property(&Finding::weakens, true)));
  chmod(policy.c_str(), 0644);
  ASSERT_EQ(chown(root.c_str(), 12'345, 12'345), 0);
  EXPECT_THAT(CheckOwnFiles({policy}),
              ElementsAre(Field(&Finding::text, HasSubstr("another file in its place"))));
  EXPECT_THAT(CheckOwnFiles({root + "/absent"}), IsEmpty());
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace portcullis::enforcement
