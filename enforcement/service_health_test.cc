// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace portcullis::enforcement {
namespace {

using api::Metric;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr const char* kSocket = "/run/portcullis/control.sock";

api::ServiceStatus Running() {
  api::ServiceStatus status;
  status.policy = {{"/etc/p.xml"}, 0, {{"Exe", "Enabled", 2}}};
  status[Metric::kGeneration] = 3;
  status[Metric::kPolicyLoadedAt] = 1000;
  status[Metric::kEnforcing] = status[Metric::kGateReady] = 1;
  return status;
}
const std::vector<PolicyFileState> kFiles = {{"/etc/p.xml", 999}};

// The one finding there is.
Finding Only(const Result<api::ServiceStatus>& status,
             const std::vector<PolicyFileState>& files = kFiles,
             const std::string& socket = kSocket) {
  const auto findings = CheckService(socket, status, files);
  EXPECT_THAT(findings, SizeIs(1));
  for (const Finding& finding : findings) EXPECT_EQ(finding.id, "service");
  return findings.empty() ? Finding() : findings.front();
}

TEST(ServiceHealth, FindsNothingWhereItRunsByTheFiles) {
  const Finding finding = Only(Running());
  EXPECT_FALSE(finding.weakens());
  EXPECT_THAT(finding.text, HasSubstr("generation 3"));
}

TEST(ServiceHealth, FindsThatItDoesNotRun) {
  const Finding finding = Only(Fail(ErrorCode::kNotFound, "no service answers"));
  EXPECT_THAT(finding.text, HasSubstr("every program runs"));
  EXPECT_THAT(finding.remedy, HasSubstr("systemctl enable --now portcullis"));
}

TEST(ServiceHealth, FindsThatItCanNotBeAsked) {
  EXPECT_THAT(Only(Fail(ErrorCode::kUntrusted, "root alone")).remedy, HasSubstr("as root"));
  const Finding mute = Only(Fail(ErrorCode::kIo, "does not answer in time"));
  EXPECT_TRUE(mute.weakens());
  EXPECT_EQ(mute.text, "does not answer in time");
  const Finding none = Only(Fail(ErrorCode::kNotFound, "not asked"), kFiles, "");
  EXPECT_EQ(none.subject, "control-socket = none");
  EXPECT_TRUE(none.weakens());
}

TEST(ServiceHealth, FindsAPolicyThatChangedSince) {
  const Finding newer = Only(Running(), {{"/etc/p.xml", 1000}});
  EXPECT_EQ(newer.subject, "/etc/p.xml");
  EXPECT_THAT(newer.text, HasSubstr("changed after"));
  EXPECT_THAT(newer.remedy, HasSubstr("reload"));
  const Finding gone = Only(Running(), {{"/etc/p.xml", std::nullopt}});
  EXPECT_THAT(gone.text, HasSubstr("is gone"));
}

TEST(ServiceHealth, FindsThatItJudgesByOtherFiles) {
  const Finding finding = Only(Running(), {{"/etc/q.xml", 1}});
  EXPECT_EQ(finding.text, "it judges by /etc/p.xml, and not by /etc/q.xml");
  EXPECT_TRUE(finding.weakens());
}

TEST(ServiceHealth, FindsARefusedReload) {
  auto status = Running();
  status.refused = "p.xml: line 3";
  EXPECT_EQ(Only(status).text, "it was refused: p.xml: line 3");
  EXPECT_TRUE(Only(status).weakens());
}

TEST(ServiceHealth, FindsThatItDeniesNothing) {
  auto status = Running();
  status[Metric::kEnforcing] = 0;
  EXPECT_THAT(Only(status).text, HasSubstr("denies nothing"));
  status.policy.collections[0].mode = "AuditOnly";
  EXPECT_FALSE(Only(status).weakens()) << "the policy's own mode is another finding";
}

TEST(ServiceHealth, FindsThatNoGateAnswers) {
  auto status = Running();
  status[Metric::kGateReady] = 0;
  EXPECT_THAT(Only(status).text, HasSubstr("the failure policy does"));
}

TEST(ServiceHealth, ReadsWhenFilesChanged) {
  const std::string path = ::testing::TempDir() + "/policy-state";
  std::ofstream(path) << "x";
  const auto files = ReadPolicyFiles({path, path + ".absent"});
  ASSERT_THAT(files, SizeIs(2));
  ASSERT_TRUE(files[0].changed_ns);
  EXPECT_FALSE(files[1].changed_ns);
  std::rename(path.c_str(), (path + ".moved").c_str());
  const auto moved = ReadPolicyFiles({path + ".moved"});
  EXPECT_GE(*moved[0].changed_ns, *files[0].changed_ns);
  std::remove((path + ".moved").c_str());
}

}  // namespace
}  // namespace portcullis::enforcement
