// SPDX-License-Identifier: Apache-2.0
// Software Restriction Policies in force on this kernel: what runs, what does not, and the event of
// each kind of rule.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string>

#include "base/bytes.h"
#include "tests/kernel/journal_fixture.h"
#include "tests/support/pe_builder.h"
#include "tests/support/test_signer.h"

namespace portcullis::testing {
namespace {

using eventlog::EventId;
using ::testing::HasSubstr;

std::string Document(const std::string& attributes, const std::string& rules) {
  return fmt::format(
      R"(<SoftwareRestrictionPolicy Version="1" Scope="Machine" {}><Rules>{}</Rules></SoftwareRestrictionPolicy>)",
      attributes, rules);
}

// The number makes its id.
std::string SrpPathRule(int number, const std::string& level, const std::string& path) {
  return fmt::format(
      R"(<PathRule Id="{{191cd7fa-f240-4a17-8986-94d480a6c8{:02}}}" Level="{}" Path="{}"/>)",
      number, level, path);
}

template <size_t kSize>
std::string Hex(std::string_view content, const EVP_MD* type) {
  std::array<uint8_t, kSize> digest = {};
  EXPECT_EQ(EVP_Digest(content.data(), content.size(), digest.data(), nullptr, type, nullptr), 1);
  return HexUpper(digest);
}

class SrpTest : public JournalFixture {
 protected:
  RunOutcome Run(const std::string& name) const {
    return RunProgram({root_ + "/" + name}, {kUser, kUser, {}});
  }
  bool IsDenied(const std::string& name) const { return Run(name).error == EPERM; }
  void ExpectEvent(EventId id, const std::string& name) {
    EXPECT_TRUE(Await([&] {
      for (const Event& event : Events({id})) {
        if (event.decision && event.decision->file.path == root_ + "/" + name) return true;
      }
      return false;
    })) << "no event "
        << static_cast<int>(id) << " of " << name << "; the service said:\n"
        << service_->output();
  }
};

TEST_F(SrpTest, TheMostSpecificRuleDecidesAndEachKindHasItsEvent) {
  const std::string hashed = TinyProgram() + "hashed";
  WriteProgram(root_ + "/good.bin", TinyProgram() + "1");
  WriteProgram(root_ + "/other.bin", TinyProgram() + "2");
  WriteProgram(root_ + "/good.hashed", hashed);
  WriteProgram(root_ + "/good.sh", "#!/bin/sh\nexit 0\n");
  WriteProgram(root_ + "/bad.sh", "#!/bin/sh\nexit 0\n");
  const std::string rules =
      SrpPathRule(1, "Unrestricted", root_ + "/good*") + SrpPathRule(2, "Disallowed", "other.*") +
      SrpPathRule(3, "Unrestricted", root_ + "/other.bin/") +
      fmt::format(R"(<HashRule Id="{{191cd7fa-f240-4a17-8986-94d480a6c804}}" Level="Disallowed" )"
                  R"(Algorithm="MD5" Digest="{}" Size="{}"/>)",
                  Hex<16>(hashed, EVP_md5()), hashed.size());
  ASSERT_TRUE(StartWith(Document(R"(DefaultLevel="Disallowed")", rules), ""));
  EXPECT_TRUE(Run("good.bin").ran()) << service_->output();
  EXPECT_TRUE(Run("good.sh").ran());
  EXPECT_TRUE(IsDenied("bad.sh"));
  EXPECT_TRUE(IsDenied("other.bin"));
  EXPECT_TRUE(IsDenied("good.hashed")) << "a hash rule goes before a path rule";
  ExpectEvent(EventId::kSrpDefaultLevel, "bad.sh");
  ExpectEvent(EventId::kSrpPathRule, "other.bin");
  ExpectEvent(EventId::kSrpZoneOrHashRule, "good.hashed");
  const auto denied = Events({EventId::kSrpPathRule});
  ASSERT_FALSE(denied.empty());
  EXPECT_EQ(denied.front().decision->rule->name, "other.*");
  EXPECT_EQ(denied.front().decision->rule->id, "191cd7fa-f240-4a17-8986-94d480a6c802");
}

TEST_F(SrpTest, ACertificateRuleDisallowsWhatItsOwnerSigned) {
  const int64_t now = time(nullptr);
  const Certificate signer = MakeCertificate({.subject = {{"CN", "Somebody"}},
                                              .not_before = now - 1000,
                                              .not_after = now + 100'000,
                                              .extended_key_usage = "codeSigning"});
  BuiltPe pe = BuildPe({});
  AttachCertificates(pe, {Sign(AuthenticodeContent(pe), {.signer = &signer})});
  WriteProgram(root_ + "/signed.exe", std::string(AsText(pe.bytes)));
  WriteProgram(root_ + "/unsigned.exe", std::string(AsText(BuildPe({}).bytes)));
  std::array<uint8_t, 20> thumbprint = {};
  ASSERT_EQ(X509_digest(signer.x509.get(), EVP_sha1(), thumbprint.data(), nullptr), 1);
  const std::string rule =
      fmt::format(R"(<CertificateRule Thumbprint="{}" Level="Disallowed"/>)", HexUpper(thumbprint));
  ASSERT_TRUE(
      StartWith(Document(R"(DefaultLevel="Unrestricted" AuthenticodeEnabled="true")", rule), ""));
  EXPECT_TRUE(IsDenied("signed.exe")) << ToString(Run("signed.exe")) << service_->output();
  EXPECT_FALSE(IsDenied("unsigned.exe")) << "the kernel alone does not know how to run it";
  ExpectEvent(EventId::kSrpCertificateRule, "signed.exe");
}

TEST_F(SrpTest, LibrariesAreAskedAboutWhereAllFilesAre) {
  const std::string library = ReadWholeFile(Built("tests/kernel/libtest_library.so"));
  WriteProgram(root_ + "/a.so", library);
  const auto loads = [&] {
    return RunProgram({Built("tests/kernel/load_program"), root_ + "/a.so"}, {kUser, kUser, {}})
               .exit_status == 0;
  };
  const std::string rule = SrpPathRule(1, "Disallowed", "*.so");
  const std::string level = R"(DefaultLevel="Unrestricted" )";
  ASSERT_TRUE(StartWith(Document(level + R"(TransparentEnabled="AllButLibraries")", rule), ""));
  EXPECT_TRUE(loads()) << service_->output();
  ASSERT_TRUE(service_->SetPolicy(Document(level + R"(TransparentEnabled="All")", rule)));
  EXPECT_FALSE(loads());
  ExpectEvent(EventId::kSrpPolicyRule, "a.so");
}

TEST_F(SrpTest, TheSystemIsLeftAlone) {
  ASSERT_TRUE(StartWith(Document(R"(DefaultLevel="Disallowed")", ""), ""));
  EXPECT_TRUE(IsDenied("good"));
  // Root outside of a login session is LocalSystem.
  EXPECT_TRUE(RunProgram({root_ + "/good"}).ran()) << service_->output();
}

TEST_F(SrpTest, AppLockersRulesHaveItIgnored) {
  const std::string srp = Document(R"(DefaultLevel="Disallowed")", "");
  ASSERT_TRUE(StartWith(srp, ""));
  EXPECT_TRUE(IsDenied("good"));
  ASSERT_TRUE(service_->SetPolicy(ExePolicy(PathRule("Allow", "*"))));
  EXPECT_TRUE(Run("good").ran());
}

TEST_F(SrpTest, ABrokenRuleRefusesThePolicyAndTheFormerStays) {
  ASSERT_TRUE(StartWith(
      Document(R"(DefaultLevel="Disallowed")", SrpPathRule(1, "Unrestricted", root_ + "/good")),
      ""));
  EXPECT_FALSE(service_->SetPolicy(
      Document(R"(DefaultLevel="Disallowed")", SrpPathRule(1, "Anything", root_ + "/bad"))));
  EXPECT_THAT(service_->output(), HasSubstr("line 1"));
  EXPECT_TRUE(Run("good").ran());
  EXPECT_TRUE(IsDenied("bad"));
}

TEST_F(SrpTest, TheAdvancedLogSaysWhatEachFileWasIdentifiedAs) {
  const std::string log = mounts_->scratch() + "/srp.log";
  ASSERT_TRUE(StartWith(
      Document(R"(DefaultLevel="Disallowed")", SrpPathRule(1, "Unrestricted", root_ + "/good")),
      fmt::format("event-sink = file:{} srp-log\n", log)));
  EXPECT_TRUE(Run("good").ran());
  EXPECT_TRUE(IsDenied("bad"));
  const std::string allowed = fmt::format(
      "identified {}/good as Unrestricted using path rule, "
      "Guid = {{191cd7fa-f240-4a17-8986-94d480a6c801}}",
      root_);
  const std::string denied = fmt::format(
      "identified {}/bad as Disallowed using default rule, "
      "Guid = {{11015445-d282-4f86-96a2-9e485f593302}}",
      root_);
  EXPECT_TRUE(Await([&] { return ReadWholeFile(log).find(allowed) != std::string::npos; }, 100))
      << ReadWholeFile(log) << service_->output();
  EXPECT_TRUE(Await([&] { return ReadWholeFile(log).find(denied) != std::string::npos; }, 100));
}

}  // namespace
}  // namespace portcullis::testing
