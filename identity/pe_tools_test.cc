// SPDX-License-Identifier: Apache-2.0
// Second opinions on PE files: nested signatures, page hashes and revocation as osslsigncode and
// openssl make and see them.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <ctime>

#include "identity/identify.h"
#include "tests/support/pe_builder.h"
#include "tests/support/tool_folder.h"

namespace portcullis {
namespace {

using testing::Buffer;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::ToolFolder;
using testing::ToolOutput;

// Valid by the clock, which osslsigncode goes by.
class PeTools : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::HasProgram("osslsigncode")) GTEST_SKIP() << testing::kOsslsigncodeAbsent;
    folder_.Write("root.pem", root_.Pem());
    folder_.Write("signer.pem", signer_.Pem());
    folder_.WriteKey("signer.key", signer_);
    folder_.Write("in.exe", Program(10'000));
    ASSERT_TRUE(trust_.Add(root_.Der(), "root"));
  }

  // Headers, and so much code; with the alignments that osslsigncode wants.
  static Buffer Program(size_t code) {
    testing::BuiltPe pe = testing::BuildPe({.text = Buffer(code, 0x90)});
    const size_t optional_header = pe.checksum_offset - 64;
    testing::WriteLe(pe.bytes, optional_header + 32, 4096, 4);  // SectionAlignment
    testing::WriteLe(pe.bytes, optional_header + 36, 512, 4);   // FileAlignment
    return pe.bytes;
  }

  void Sign(const std::string& from, const std::string& to, const std::string& options) const {
    folder_.MustRun(
        fmt::format("osslsigncode sign -certs signer.pem -key signer.key {} -in {} -out {}",
                    options, from, to));
  }

  FileIdentity Look(const Buffer& bytes) const {
    auto identity = Identify(MemorySource(bytes), "x.exe",
                             {.trust = &trust_, .at = now_, .details = Details::kSignatures});
    EXPECT_TRUE(identity);
    return identity.value_or(FileIdentity{});
  }

  ToolFolder folder_;
  int64_t now_ = std::time(nullptr);
  Certificate root_ = testing::MakeCertificate({.subject = {{"CN", "Root"}},
                                                .not_before = now_ - 1000,
                                                .not_after = now_ + 1'000'000,
                                                .is_authority = true,
                                                .key = testing::KeyKind::kRsa2048});
  Certificate signer_ = testing::MakeCertificate({.subject = {{"C", "DE"}, {"O", "Maker"}},
                                                  .not_before = now_ - 1000,
                                                  .not_after = now_ + 1'000'000,
                                                  .extended_key_usage = "codeSigning",
                                                  .issuer = &root_,
                                                  .key = testing::KeyKind::kRsa2048,
                                                  .serial = 77});
  TrustStore trust_;
};

TEST_F(PeTools, ShowsTheNestedSignaturesThatOsslsigncodeAdds) {
  Sign("in.exe", "one.exe", "-h sha1");
  Sign("one.exe", "two.exe", "-h sha256 -nest");
  Sign("two.exe", "three.exe", "-h sha384 -nest");
  const FileIdentity identity = Look(folder_.Read("three.exe"));
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid) << identity.signature.reason;
  ASSERT_EQ(identity.signatures.size(), 3U);
  EXPECT_EQ(identity.signatures[0].digest_algorithm, "SHA-1");
  EXPECT_EQ(identity.signatures[1].digest_algorithm, "SHA-256");
  EXPECT_EQ(identity.signatures[2].digest_algorithm, "SHA-384");
  const ToolOutput verified = folder_.Run("osslsigncode verify -CAfile root.pem -in three.exe");
  for (const SignatureDetails& signature : identity.signatures) {
    EXPECT_EQ(signature.report.status, SignatureStatus::kValid) << signature.report.reason;
    EXPECT_THAT(verified.text, HasSubstr(signature.digest));
  }
}

// The primary signature decides: what is wrong with the others changes nothing.
TEST_F(PeTools, JudgesByThePrimarySignatureAlone) {
  Sign("in.exe", "one.exe", "-h sha256");
  folder_.Write("other.exe", testing::BuildPe({.text = Buffer(64, 0xCC)}).bytes);
  Sign("other.exe", "other-signed.exe", "-h sha256");
  folder_.MustRun("osslsigncode extract-signature -in other-signed.exe -out other.p7");
  folder_.MustRun(
      "osslsigncode attach-signature -nest -sigin other.p7 -in one.exe -out two.exe "
      "|| test -e two.exe");
  const FileIdentity identity = Look(folder_.Read("two.exe"));
  EXPECT_EQ(identity.signature.status, SignatureStatus::kValid);
  EXPECT_TRUE(identity.publisher);
  ASSERT_EQ(identity.signatures.size(), 2U);
  EXPECT_EQ(identity.signatures[1].report.status, SignatureStatus::kBadDigest);
}

TEST_F(PeTools, FindsThePagesThatOsslsigncodeHashed) {
  for (const char* digest : {"sha1", "sha256"}) {
    folder_.Remove("pages.exe");
    Sign("in.exe", "pages.exe", fmt::format("-h {} -ph", digest));
    Buffer bytes = folder_.Read("pages.exe");
    const FileIdentity good = Look(bytes);
    EXPECT_EQ(good.signature.status, SignatureStatus::kValid) << good.signature.reason;
    ASSERT_EQ(good.signatures.size(), 1U);
    ASSERT_TRUE(good.signatures[0].pages) << digest;
    EXPECT_EQ(good.signatures[0].pages->algorithm,
              digest == std::string_view("sha1") ? "SHA-1" : "SHA-256");
    EXPECT_EQ(good.signatures[0].pages->count, 5U) << "headers, three of code, the end";
    EXPECT_EQ(good.signatures[0].pages->differing, 0U);

    bytes[8000] ^= 1;
    const FileIdentity changed = Look(bytes);
    EXPECT_EQ(changed.signature.status, SignatureStatus::kBadDigest);
    ASSERT_TRUE(changed.signatures.at(0).pages);
    EXPECT_EQ(changed.signatures[0].pages->differing, 1U);
  }
  Sign("in.exe", "none.exe", "-h sha256");
  EXPECT_FALSE(Look(folder_.Read("none.exe")).signatures.at(0).pages);
}

TEST_F(PeTools, RevokesAsOsslsigncodeDoes) {
  Sign("in.exe", "signed.exe", "-h sha256");
  const auto list = testing::MakeRevocationList(
      {.issuer = &root_, .revoked = {{77, now_ - 500}}, .this_update = now_ - 100});
  folder_.Write("list.der", list);
  folder_.MustRun("openssl crl -inform DER -in list.der -out list.pem");
  const auto verify = [&](const char* options) {
    return folder_.Run(
        fmt::format("osslsigncode verify -CAfile root.pem {} -in signed.exe", options));
  };
  EXPECT_EQ(verify("").status, 0);
  const ToolOutput revoked = verify("-CRLfile list.pem");
  EXPECT_NE(revoked.status, 0);
  EXPECT_THAT(revoked.text, HasSubstr("revoked"));

  EXPECT_EQ(Look(folder_.Read("signed.exe")).signature.status, SignatureStatus::kValid);
  ASSERT_TRUE(trust_.AddRevocationLists(folder_.Read("list.pem"), "list.pem"));
  const FileIdentity identity = Look(folder_.Read("signed.exe"));
  EXPECT_EQ(identity.signature.status, SignatureStatus::kRevoked);
  EXPECT_FALSE(identity.publisher);
}

}  // namespace
}  // namespace portcullis
