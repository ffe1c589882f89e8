// SPDX-License-Identifier: Apache-2.0
// Signed scripts through `inspect` and `test`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/test_io.h"
#include "tests/support/script_signer.h"

namespace portcullis::cli {
namespace {

using portcullis::testing::BuiltScript;
using portcullis::testing::Certificate;
using portcullis::testing::MakeCertificate;
using portcullis::testing::SignScript;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'600'000'000;  // 2020-09-13
constexpr const char* kInside = "2021-01-01";
constexpr std::string_view kPolicy =
    R"(<AppLockerPolicy Version="1"><RuleCollection Type="Script" EnforcementMode="Enabled"><FilePublisherRule Id="00000000-0000-0000-0000-000000000001" Name="ours" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions><FilePublisherCondition PublisherName="O=MAKER, C=DE" ProductName="*" BinaryName="*"><BinaryVersionRange LowSection="*" HighSection="*"/></FilePublisherCondition></Conditions></FilePublisherRule></RuleCollection></AppLockerPolicy>)";

class SignedScriptTest : public ::testing::Test {
 protected:
  SignedScriptTest() {
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

  std::string WriteSigned(script::SignatureForm form, bool is_changed) {
    BuiltScript script = SignScript({.form = form}, {.signer = &signer_});
    if (is_changed) script.bytes[0] ^= 1;
    return folder_.Write(std::string("a.") + portcullis::testing::ExtensionOf(form),
                         AsText(script.bytes));
  }
  Ran Run(std::vector<std::string> arguments) const {
    for (const char* word : {"--trust", trust_.c_str(), "--at", kInside}) {
      arguments.emplace_back(word);
    }
    return RunCli(arguments);
  }

  Folder folder_;
  Certificate signer_;
  std::string trust_;
};

TEST_F(SignedScriptTest, InspectSaysWhoSignedIt) {
  for (const script::SignatureForm form : portcullis::testing::kAllForms) {
    const Ran ran = Run({"inspect", "--format", "json", WriteSigned(form, false)});
    EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
    const JsonValue object = ran.objects().at(0);
    EXPECT_EQ(TextOf(object, "kind"), "script");
    EXPECT_EQ(TextOf(*object.Find("signature"), "status"), "valid");
    EXPECT_EQ(TextOf(*object.Find("publisher"), "publisher"), "O=MAKER, C=DE");
    EXPECT_EQ(TextOf(*object.Find("publisher"), "product"), "");
    EXPECT_EQ(TextOf(*object.Find("publisher"), "version"), "0.0.0.0");
  }
}

TEST_F(SignedScriptTest, ARuleAboutItsPublisherAllowsItUntilItIsChanged) {
  const std::string policy = folder_.Write("policy.xml", kPolicy);
  for (const script::SignatureForm form : portcullis::testing::kAllForms) {
    // No collection judges the managed object format.
    if (form == script::SignatureForm::kManagedObject) continue;
    EXPECT_EQ(Run({"test", "--policy", policy, WriteSigned(form, false)}).status,
              ExitStatus::kDone);
    const std::string changed = WriteSigned(form, true);
    EXPECT_EQ(Run({"test", "--policy", policy, changed}).status, ExitStatus::kFound);
    EXPECT_THAT(Run({"inspect", changed}).out, HasSubstr("bad-digest"));
  }
}

}  // namespace
}  // namespace portcullis::cli
