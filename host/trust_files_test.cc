// SPDX-License-Identifier: Apache-2.0
#include "host/trust_files.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "formats/authenticode/signed_data.h"
#include "tests/support/test_signer.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::MakeCertificate;
using ::testing::Not;

class TrustFiles : public ::testing::Test {
 protected:
  TrustFiles() {
    std::string pattern = (fs::temp_directory_path() / "trust_files_XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~TrustFiles() override { fs::remove_all(root_); }

  std::string Write(const std::string& name, std::string_view bytes) const {
    const std::string path = (root_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  const std::string pem_ = MakeCertificate({.not_after = 1'900'000'000}).Pem();
  fs::path root_;
};

TEST_F(TrustFiles, PassesOverWhatIsNoCertificateInADirectory) {
  Write("0-empty", "");
  Write("README", "These are our roots.\n");
  Write("key.pem", "-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n");
  Write("root.pem", pem_);
  const auto store = LoadTrustStore({root_.string()});
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(store->size(), 1U);
}

TEST_F(TrustFiles, RefusesABrokenCertificateInADirectory) {
  std::string broken = pem_;
  broken[broken.rfind("-----END") - 20] = '!';
  for (const std::string_view bytes : {std::string_view(broken), std::string_view("\x30\x01")}) {
    const std::string path = Write("broken", bytes);
    const auto store = LoadTrustStore({root_.string()});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(store.error().message, HasSubstr(path + ": "));
  }
}

TEST_F(TrustFiles, RefusesANamedFileWithoutACertificateAndNamesItOnce) {
  for (const char* name : {"README", "empty"}) {
    const std::string path = Write(name, name == std::string_view("README") ? "text" : "");
    const auto store = LoadTrustStore({path});
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(store.error().message, HasSubstr("no certificate in it"));
    EXPECT_THAT(store.error().message, HasSubstr(path));
    EXPECT_THAT(store.error().message, Not(HasSubstr(path + ": " + path)));
  }
}

TEST_F(TrustFiles, SaysWhichNamedFileIsNotThere) {
  const std::string path = (root_ / "absent").string();
  const auto store = LoadTrustStore({path});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr(path + ": "));
}

// Judges a signature by an authority's signer at a time when nothing is expired.
class TakenBack : public TrustFiles {
 protected:
  TakenBack() { Write("root.pem", root_certificate_.Pem()); }

  std::string Judged() const {
    const auto store = LoadTrustStore({root_.string()});
    if (!store) return store.error().message;
    const Bytes content = AsBytes("content");
    const auto signature = authenticode::SignedData::Parse(
        portcullis::testing::Sign(content, {.signer = &signer_, .digest_name = "SHA1"}));
    auto digest = authenticode::Digest::Create(authenticode::DigestAlgorithm::kSha1).value();
    digest.Update(content);
    const auto verdict = signature->Verify(digest.Finish(), {.trust = &*store, .at = kNow});
    return verdict.judgement == authenticode::Judgement::kValid ? "valid" : verdict.reason;
  }

  static constexpr int64_t kNow = 1'700'000'000;
  const portcullis::testing::Certificate root_certificate_ =
      MakeCertificate({.subject = {{"CN", "Root"}}, .not_after = kNow * 2, .is_authority = true});
  const portcullis::testing::Certificate signer_ =
      MakeCertificate({.not_after = kNow * 2, .issuer = &root_certificate_, .serial = 9});
};

TEST_F(TakenBack, IsWhatADirectoryOfListsSays) {
  EXPECT_EQ(Judged(), "valid");
  fs::create_directory(root_ / "crl");
  Write("crl/README", "from our authority");
  EXPECT_EQ(Judged(), "valid");
  const auto list = portcullis::testing::MakeRevocationList(
      {.issuer = &root_certificate_, .revoked = {{9, kNow - 1}}, .this_update = kNow});
  Write("crl/root.crl", AsText(list));
  EXPECT_THAT(Judged(), HasSubstr("is revoked since"));
  const std::string path = Write("crl/root.crl", AsText(list).substr(0, 50));
  EXPECT_THAT(Judged(), HasSubstr(path + ": neither PEM nor one DER revocation list"));
}

TEST_F(TakenBack, IsADisallowedCertificate) {
  fs::create_directory(root_ / "disallowed");
  Write("disallowed/lost-key.cer", AsText(signer_.Der()));
  EXPECT_EQ(Judged(), "its certificate is disallowed");
}

TEST_F(TakenBack, IsAWeakDigestThatTheSettingsRefuse) {
  Write("trust.conf", "# see trust-anchors\nweak-digests = refuse-md5\n");
  EXPECT_EQ(Judged(), "valid");
  Write("trust.conf", "weak-digests = refuse-sha1\n");
  EXPECT_THAT(Judged(), HasSubstr("SHA1"));
  Write("trust.conf", "weak-digests = never\n");
  EXPECT_THAT(Judged(), HasSubstr("trust.conf: line 1: weak-digests is never"));
}

}  // namespace
}  // namespace portcullis
