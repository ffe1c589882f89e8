// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

#include "api/portcullis.h"
#include "api/portcullis_offline.h"
#include "base/unique_fd.h"

namespace portcullis::api {
namespace {

constexpr const char* kPolicy = R"(<AppLockerPolicy Version="1">
<RuleCollection Type="Script" EnforcementMode="Enabled">
 <FilePathRule Id="00000000-0000-4000-8000-000000000001" Name="good scripts" Description=""
   UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePathCondition Path="*\good.sh"/></Conditions></FilePathRule>
 <FilePathRule Id="00000000-0000-4000-8000-000000000002" Name="not by this name" Description=""
   UserOrGroupSid="S-1-1-0" Action="Deny"><Conditions><FilePathCondition Path="*\claimed.sh"/></Conditions></FilePathRule>
</RuleCollection>
<RuleCollection Type="Dll" EnforcementMode="AuditOnly">
 <FilePathRule Id="00000000-0000-4000-8000-000000000003" Name="roots" Description=""
   UserOrGroupSid="S-1-22-1-0" Action="Allow"><Conditions><FilePathCondition Path="*"/></Conditions></FilePathRule>
</RuleCollection>
</AppLockerPolicy>)";

class Offline : public ::testing::Test {
 protected:
  Offline() {
    char name[] = "/tmp/portcullis-offline-XXXXXX";
    folder_ = mkdtemp(name);
    Write("policy.xml", kPolicy);
    Write("good.sh", "exit 0\n");
    Write("bad.sh", "exit 1\n");
  }
  ~Offline() override {
    portcullis_policy_close(policy_);
    std::filesystem::remove_all(folder_);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  int Load(const std::string& name) {
    const std::string path = folder_ + "/" + name;
    const char* const files[] = {path.c_str()};
    return portcullis_policy_load(files, 1, &policy_, message_.data(), message_.size());
  }
  portcullis_result Ask(const std::string& name, const char* collection = "SCRIPT",
                        const char* claimed = nullptr, const char* user = nullptr) {
    const UniqueFd fd(open((folder_ + "/" + name).c_str(), O_RDONLY | O_CLOEXEC));
    portcullis_code code = PORTCULLIS_CODE_INIT;
    code.fd = fd.get();
    code.path = claimed;
    code.policy_name = collection;
    portcullis_result result = PORTCULLIS_RESULT_INIT;
    error_ = portcullis_policy_identify(policy_, &code, user, &result);
    return result;
  }

  std::string folder_;
  portcullis_policy* policy_ = nullptr;
  std::array<char, 256> message_{};
  int error_ = 0;
};

TEST_F(Offline, JudgesAsTheServiceDoes) {
  ASSERT_EQ(Load("policy.xml"), 0) << message_.data();
  const portcullis_result good = Ask("good.sh");
  EXPECT_EQ(error_, 0);
  EXPECT_EQ(good.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_STREQ(good.rule_name, "good scripts");
  EXPECT_EQ(std::string(good.policy), folder_ + "/policy.xml");
  const portcullis_result bad = Ask("bad.sh");
  EXPECT_EQ(bad.level, PORTCULLIS_LEVEL_DISALLOWED);
  EXPECT_EQ(bad.reason, PORTCULLIS_REASON_DEFAULT);
  EXPECT_EQ(Ask("good.sh", "SCRIPT", "/x/claimed.sh").verdict, PORTCULLIS_VERDICT_DENIED);
  EXPECT_EQ(Ask("bad.sh", "SCRIPT", "/x/good.sh").level, PORTCULLIS_LEVEL_DISALLOWED);
  const portcullis_result audited = Ask("bad.sh", "DLL");
  EXPECT_EQ(audited.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_EQ(audited.verdict, PORTCULLIS_VERDICT_DENIED_BY_DEFAULT);
  EXPECT_EQ(Ask("bad.sh", "DLL", nullptr, "root").verdict, PORTCULLIS_VERDICT_ALLOWED);
  Ask("bad.sh", "DLL", nullptr, "no such user");
  EXPECT_EQ(error_, PORTCULLIS_E_INVALID);
}

TEST_F(Offline, SaysWhyAPolicyIsRefused) {
  Write("broken.xml", "<AppLockerPolicy Version=\"1\"><Nonsense/></AppLockerPolicy>");
  EXPECT_EQ(Load("broken.xml"), PORTCULLIS_E_BAD_POLICY);
  EXPECT_NE(std::string(message_.data()).find("broken.xml: line 1"), std::string::npos)
      << message_.data();
  EXPECT_EQ(policy_, nullptr);
  EXPECT_EQ(Load("absent.xml"), PORTCULLIS_E_IO);
  EXPECT_EQ(portcullis_policy_load(nullptr, 0, &policy_, nullptr, 0), PORTCULLIS_E_INVALID);
}

TEST_F(Offline, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(Load("policy.xml"), 0);
  Ask("");
  EXPECT_EQ(error_, PORTCULLIS_E_BAD_FILE);
}

TEST_F(Offline, JudgesBySoftwareRestrictionPolicies) {
  Write(
      "srp.xml",
      R"(<SoftwareRestrictionPolicy Version="1" Scope="Machine" DefaultLevel="Unrestricted"><Rules>)"
      R"(<PathRule Id="{191cd7fa-f240-4a17-8986-94d480a6c8ca}" Level="Disallowed" Path="bad.*"/>)"
      R"(<PathRule Id="{291cd7fa-f240-4a17-8986-94d480a6c8ca}" Level="BasicUser" Path="good.*"/>)"
      R"(</Rules></SoftwareRestrictionPolicy>)");
  ASSERT_EQ(Load("srp.xml"), 0) << message_.data();
  const portcullis_result bad = Ask("bad.sh");
  EXPECT_EQ(bad.level, PORTCULLIS_LEVEL_DISALLOWED);
  EXPECT_EQ(bad.reason, PORTCULLIS_REASON_SRP_RULE);
  EXPECT_STREQ(bad.rule_id, "191cd7fa-f240-4a17-8986-94d480a6c8ca");
  EXPECT_STREQ(bad.rule_name, "bad.*");
  const portcullis_result good = Ask("good.sh");
  EXPECT_EQ(good.level, PORTCULLIS_LEVEL_NORMAL_USER);
  EXPECT_EQ(good.would_block, 1U);
  const portcullis_result other = Ask("srp.xml");
  EXPECT_EQ(other.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  EXPECT_EQ(other.reason, PORTCULLIS_REASON_SRP_DEFAULT);
}

}  // namespace
}  // namespace portcullis::api
