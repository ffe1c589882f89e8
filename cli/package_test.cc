// SPDX-License-Identifier: Apache-2.0
// Packaged apps by `inspect` and `test`: what the rules for them see, and what these decide.
#include "cli/commands.h"
#include "cli/test_io.h"
#include "tests/support/appx_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'600'000'000;
constexpr const char* kAt = "2020-09-14";  // a day later

// Allows what Fabrikam signed, from version 2 on.
constexpr const char* kPolicy =
    R"(<AppLockerPolicy Version="1"><RuleCollection Type="Appx" EnforcementMode="Enabled">
<FilePublisherRule Id="a9e18c21-ff8f-43cf-b9fc-db40eed693ba" Name="ours" Description=""
 UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions>
<FilePublisherCondition PublisherName="CN=Fabrikam, O=Fabrikam, C=DE" ProductName="*" BinaryName="*">
<BinaryVersionRange LowSection="2.0.0.0" HighSection="*"/></FilePublisherCondition>
</Conditions></FilePublisherRule></RuleCollection></AppLockerPolicy>)";

class PackageTest : public ::testing::Test {
 protected:
  PackageTest() : root_(folder_.Write("root.pem", signer_.Pem())) {}

  std::string Write(const char* name, testing::AppxSpec spec) const {
    spec.publisher = "CN=Fabrikam, O=Fabrikam, C=DE";
    spec.sign = [&](Bytes digests) { return testing::SignDigest(digests, {.signer = &signer_}); };
    return folder_.Write(name, AsText(testing::BuildAppx(spec).zip.bytes));
  }
  Ran RunWithTrust(std::vector<std::string> arguments) const {
    for (const char* more : {"--at", kAt, "--trust"}) arguments.emplace_back(more);
    arguments.push_back(root_);
    return RunCli(arguments);
  }

  Folder folder_;
  testing::Certificate signer_ =
      testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Fabrikam"}, {"CN", "Fabrikam"}},
                                .not_before = kStart,
                                .not_after = kStart + 10'000'000,
                                .extended_key_usage = "codeSigning"});
  std::string root_;
};

TEST_F(PackageTest, InspectSaysWhoAPackageIs) {
  const std::string path = Write("tool.msix", {.version = "2.0.0.1"});
  const Ran json = RunWithTrust({"inspect", "--format", "json", path});
  ASSERT_EQ(json.status, ExitStatus::kDone) << json.err;
  const JsonValue object = json.objects().at(0);
  EXPECT_EQ(TextOf(object, "kind"), "appx");
  EXPECT_EQ(TextOf(object, "operation"), "package");
  EXPECT_EQ(TextOf(object, "collection"), "Appx");
  EXPECT_EQ(TextOf(*object.Find("signature"), "status"), "valid");
  EXPECT_EQ(TextOf(*object.Find("publisher"), "publisher"), "CN=FABRIKAM, O=FABRIKAM, C=DE");
  const JsonValue& package = *object.Find("package");
  EXPECT_EQ(TextOf(package, "name"), "Fabrikam.Tools");
  EXPECT_EQ(TextOf(package, "version"), "2.0.0.1");
  EXPECT_EQ(TextOf(package, "architecture"), "x64");
  EXPECT_EQ(TextOf(package, "resource_id"), "null");
  EXPECT_EQ(TextOf(package, "bundle"), "false");
  EXPECT_THAT(TextOf(package, "family_name"), HasSubstr("Fabrikam.Tools_"));
  const Ran text = RunWithTrust({"inspect", path});
  EXPECT_THAT(text.out, AllOf(HasSubstr("Fabrikam.Tools 2.0.0.1 x64"), HasSubstr("family")));
}

TEST_F(PackageTest, InspectNamesAnEncryptedPackage) {
  const std::string path = folder_.Write("tool.eappx", "EXPH" + std::string(20, '\0'));
  const Ran json = RunCli({"inspect", "--format", "json", path});
  const JsonValue object = json.objects().at(0);
  EXPECT_EQ(TextOf(object, "collection"), "Appx");
  EXPECT_EQ(TextOf(*object.Find("package"), "encrypted"), "true");
  EXPECT_THAT(RunCli({"inspect", path}).out, HasSubstr("encrypted"));
}

TEST_F(PackageTest, TestJudgesPackagesAndBundlesByTheirRules) {
  const std::string policy = folder_.Write("policy.xml", kPolicy);
  const auto verdict = [&](const std::string& path) {
    const Ran ran = RunWithTrust({"test", "--policy", policy, "--format", "json", path});
    return TextOf(ran.objects().at(0), "verdict");
  };
  EXPECT_EQ(verdict(Write("new.msix", {.version = "2.0.0.0"})), "Allowed");
  EXPECT_EQ(verdict(Write("old.msix", {.version = "1.9.9.9"})), "DeniedByDefault");
  EXPECT_EQ(verdict(Write("new.msixbundle", {.version = "2.0.0.0", .is_bundle = true})), "Allowed");
  std::string changed = Write("changed.msix", {.version = "2.0.0.0"});
  std::fstream(changed, std::ios::in | std::ios::out | std::ios::binary).seekp(60).put('!');
  EXPECT_EQ(verdict(changed), "DeniedByDefault");
}

}  // namespace
}  // namespace portcullis::cli
