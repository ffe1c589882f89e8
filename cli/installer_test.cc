// SPDX-License-Identifier: Apache-2.0
// Windows Installer files through `inspect`, `test` and `explain`.
#include <fmt/core.h>

#include "cli/test_io.h"
#include "tests/support/msi_builder.h"

namespace portcullis::cli {
namespace {

using portcullis::testing::BuildCfb;
using portcullis::testing::Certificate;
using portcullis::testing::CfbNode;
using portcullis::testing::MakeCertificate;
using portcullis::testing::MakeMsi;
using portcullis::testing::MsiClass;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'600'000'000;  // 2020-09-13
constexpr const char* kInside = "2021-01-01";

std::string BytesOf(const CfbNode& root) {
  const auto bytes = BuildCfb({.root = root}).bytes;
  return {bytes.begin(), bytes.end()};
}

class InstallerTest : public ::testing::Test {
 protected:
  InstallerTest() {
    const Certificate root = MakeCertificate({.subject = {{"CN", "Root"}},
                                              .not_before = kStart,
                                              .not_after = kStart * 2,
                                              .is_authority = true});
    signer_ = MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                               .not_before = kStart,
                               .not_after = kStart * 2,
                               .extended_key_usage = "codeSigning",
                               .issuer = &root});
    trust_ = folder_.Write("root.pem", root.Pem());
  }

  std::string WriteSigned(const std::string& name, MsiClass kind = MsiClass::kPackage) {
    CfbNode root = MakeMsi({.kind = kind});
    SignMsi(root, {.signer = &signer_}, portcullis::testing::MsiMetadataUse::kSigned);
    return folder_.Write(name, BytesOf(root));
  }
  Ran Run(std::vector<std::string> arguments) const {
    for (const char* word : {"--trust", trust_.c_str(), "--at", kInside}) {
      arguments.emplace_back(word);
    }
    return RunCli(arguments);
  }
  std::string WritePolicy(const std::string& condition, std::string_view kind) const {
    return folder_.Write(
        "policy.xml",
        fmt::format(
            R"(<AppLockerPolicy Version="1"><RuleCollection Type="Msi" EnforcementMode="Enabled"><{0} Id="00000000-0000-0000-0000-000000000001" Name="r" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions>{1}</Conditions></{0}></RuleCollection></AppLockerPolicy>)",
            kind, condition));
  }

  Folder folder_;
  Certificate signer_;
  std::string trust_;
};

TEST_F(InstallerTest, InspectKnowsTheThreeKinds) {
  const struct {
    MsiClass kind;
    const char* word;
  } rows[] = {
      {MsiClass::kPackage, "msi"}, {MsiClass::kPatch, "msp"}, {MsiClass::kTransform, "mst"}};
  for (const auto& row : rows) {
    // The name says nothing.
    const Ran ran = Run({"inspect", "--format", "json", WriteSigned("file", row.kind)});
    EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
    const JsonValue object = ran.objects().at(0);
    EXPECT_EQ(TextOf(object, "kind"), row.word);
    EXPECT_EQ(TextOf(object, "operation"), "install");
    EXPECT_EQ(TextOf(object, "collection"), "Msi");
    EXPECT_EQ(TextOf(*object.Find("signature"), "status"), "valid");
    EXPECT_EQ(TextOf(*object.Find("publisher"), "publisher"), "O=MAKER, C=DE");
    const bool is_package = row.kind == MsiClass::kPackage;
    EXPECT_EQ(TextOf(*object.Find("publisher"), "product"), is_package ? "MY PRODUCT" : "");
    EXPECT_EQ(TextOf(*object.Find("publisher"), "version"), is_package ? "1.2.3.0" : "0.0.0.0");
  }
}

TEST_F(InstallerTest, ARuleAboutItsProductAllowsIt) {
  const std::string policy = WritePolicy(
      R"(<FilePublisherCondition PublisherName="O=MAKER, C=DE" ProductName="MY PRODUCT" BinaryName="{01234567-89AB-CDEF-0123-456789ABCDEF}"><BinaryVersionRange LowSection="1.2.0.0" HighSection="*"/></FilePublisherCondition>)",
      "FilePublisherRule");
  const std::string package = WriteSigned("a.msi");
  EXPECT_EQ(Run({"test", "--policy", policy, package}).status, ExitStatus::kDone);
  const std::string patch = WriteSigned("a.msp", MsiClass::kPatch);
  EXPECT_EQ(Run({"test", "--policy", policy, patch}).status, ExitStatus::kFound);
  const std::string unsigned_one = folder_.Write("b.msi", BytesOf(MakeMsi({})));
  EXPECT_EQ(Run({"test", "--policy", policy, unsigned_one}).status, ExitStatus::kFound);
}

TEST_F(InstallerTest, EitherHashMatchesAndExplainSaysWhich) {
  const std::string package = WriteSigned("a.msi");
  const JsonValue object = Run({"inspect", "--format", "json", package}).objects().at(0);
  const auto& hashes = *object.Find("hashes")->AsArray();
  EXPECT_EQ(TextOf(hashes.at(0), "form"), "flat");
  EXPECT_EQ(TextOf(hashes.at(1), "form"), "authenticode");
  const char* const remarks[] = {"by the hash of the whole file",
                                 "by the hash of what a signature covers"};
  for (size_t i = 0; i < 2; ++i) {
    const std::string policy = WritePolicy(
        fmt::format(R"(<FileHashCondition><FileHash Type="SHA256" Data="{}"/></FileHashCondition>)",
                    TextOf(hashes.at(i), "data")),
        "FileHashRule");
    EXPECT_EQ(Run({"test", "--policy", policy, package}).status, ExitStatus::kDone) << i;
    EXPECT_THAT(Run({"explain", "--policy", policy, package}).out, HasSubstr(remarks[i])) << i;
    const Ran switched = Run(
        {"test", "--policy", policy, "--settings", "msi_authenticode_hash_matches=off", package});
    EXPECT_EQ(switched.status, i == 0 ? ExitStatus::kDone : ExitStatus::kFound) << i;
  }
}

}  // namespace
}  // namespace portcullis::cli
