// SPDX-License-Identifier: Apache-2.0
#include "enforcement/host_health.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace portcullis::enforcement {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

class HostHealth : public testing::Test {
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
  EXPECT_TRUE(CheckSysctls(folder_)[0].weakens) << "a kernel that has no such setting";
  for (const auto& row : rows) {
    Write("vm/memfd_noexec", row.value);
    EXPECT_EQ(CheckSysctls(folder_)[0].weakens, row.weakens) << row.value;
  }
}

TEST_F(HostHealth, WantsNoUserNamespacesOfOrdinaryUsers) {
  EXPECT_TRUE(CheckSysctls(folder_)[1].weakens);
  Write("user/max_user_namespaces", "63000\n");
  Write("kernel/unprivileged_userns_clone", "1\n");
  Write("kernel/apparmor_restrict_unprivileged_userns", "0\n");
  EXPECT_TRUE(CheckSysctls(folder_)[1].weakens);
  const std::pair<const char*, const char*> cures[] = {
      {"user/max_user_namespaces", "0"},
      {"kernel/unprivileged_userns_clone", "0"},
      {"kernel/apparmor_restrict_unprivileged_userns", "1"},
  };
  for (const auto& [name, value] : cures) {
    std::string before;
    std::ifstream(folder_ + "/" + name) >> before;
    Write(name, value);
    EXPECT_FALSE(CheckSysctls(folder_)[1].weakens) << name;
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
  EXPECT_TRUE(CheckServiceProcess(ServiceProcess::kLoginUid, nobody).weakens);
  EXPECT_THAT(CheckServiceProcess(ServiceProcess::kLoginUid, nobody).text,
              HasSubstr("every process counts as a service's"));
  EXPECT_FALSE(CheckServiceProcess(ServiceProcess::kLoginUid, somebody).weakens);
  EXPECT_THAT(CheckServiceProcess(ServiceProcess::kLoginUid, somebody).text,
              HasSubstr("37 of 40 processes"));
  EXPECT_TRUE(CheckServiceProcess(ServiceProcess::kSystemAccount, nobody).weakens);
  EXPECT_FALSE(CheckServiceProcess(ServiceProcess::kSystemAccount, somebody).weakens);
  EXPECT_FALSE(CheckServiceProcess(ServiceProcess::kNone, nobody).weakens);
}

TEST(CheckKernel, WeakensByWhatIsRequiredAlone) {
  for (const Finding& finding : CheckKernel(KernelFeatures())) {
    EXPECT_THAT(finding.text, HasSubstr("absent: "));
  }
  KernelFeatures debian12;
  debian12.permission_events = debian12.unlimited_queue = debian12.thread_ids = debian12.leases =
      true;
  for (const Finding& finding : CheckKernel(debian12)) {
    EXPECT_FALSE(finding.weakens) << finding.subject;
  }
  debian12.leases = false;
  const auto findings = CheckKernel(debian12);
  EXPECT_EQ(std::ranges::count(findings, true, &Finding::weakens), 1);
}

TEST(CheckMounts, NamesWhatIsNotJudged) {
  MarkTargets targets;
  targets.points = {"/"};
  EXPECT_EQ(CheckMounts(targets, {}).size(), 1U);
  EXPECT_FALSE(CheckMounts(targets, {})[0].weakens);
  targets.unmarked = {{"/srv/share", "a network file system"}};
  EXPECT_THAT(
      CheckMounts(targets, {}),
      ElementsAre(AllOf(Field(&Finding::subject, "/srv/share"), Field(&Finding::weakens, true),
                        Field(&Finding::text, HasSubstr("a network file system; ")))));
}

TEST(CheckMounts, TakesASelectionOfFileSystemsForAWeakness) {
  MarkTargets targets;
  targets.points = {"/srv/a", "/srv/b"};
  EXPECT_THAT(
      CheckMounts(targets, targets.points),
      ElementsAre(AllOf(Field(&Finding::subject, "file-system"), Field(&Finding::weakens, true),
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
  EXPECT_EQ(
      CheckPolicies(*set),
      (std::vector<Finding>{{"Exe rules", "enforced", false},
                            {"Dll rules", "none: everything of this kind runs", true},
                            {"Script rules", "audited only: what they deny still runs", true}}));
}

}  // namespace
}  // namespace portcullis::enforcement
