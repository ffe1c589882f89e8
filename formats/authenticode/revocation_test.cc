// SPDX-License-Identifier: Apache-2.0
// What was taken back: revocation lists, disallowed certificates, weak digests.
#include <algorithm>

#include "formats/authenticode/signed_data.h"
#include "formats/authenticode/trust_store.h"
#include "tests/support/test_signer.h"

namespace portcullis::authenticode {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using testing::MakeCertificate;
using testing::MakeRevocationList;
using testing::RevocationListSpec;
using testing::Sign;
using testing::SignSpec;
using testing::StampSpec;

constexpr int64_t kDay = 86400;
constexpr int64_t kStart = 1'600'000'000;  // 2020-09-13
constexpr int64_t kEnd = kStart + 365 * kDay;
constexpr int64_t kSigned = kStart + 30 * kDay;
constexpr int64_t kRevoked = kStart + 60 * kDay;
constexpr int64_t kLater = kStart + 90 * kDay;
constexpr int64_t kSignersSerial = 2;
constexpr int64_t kAuthoritysSerial = 5;

const Bytes kContent = AsBytes("what is signed");

// root -> authority -> signer; the root stamps.
struct World {
  Certificate root = MakeCertificate({.subject = {{"CN", "Root"}},
                                      .not_before = kStart - kDay,
                                      .not_after = kEnd * 2,
                                      .is_authority = true});
  Certificate authority = MakeCertificate({.subject = {{"CN", "Authority"}},
                                           .not_before = kStart,
                                           .not_after = kEnd,
                                           .is_authority = true,
                                           .issuer = &root,
                                           .serial = kAuthoritysSerial});
  Certificate signer = MakeCertificate({.subject = {{"CN", "Signer"}},
                                        .not_before = kStart,
                                        .not_after = kEnd,
                                        .extended_key_usage = "codeSigning",
                                        .issuer = &authority,
                                        .key = testing::KeyKind::kRsa2048,
                                        .serial = kSignersSerial});
  Certificate stamper = MakeCertificate({.subject = {{"CN", "Stamper"}},
                                         .not_before = kStart,
                                         .not_after = kEnd * 2,
                                         .extended_key_usage = "critical,timeStamping",
                                         .issuer = &root,
                                         .serial = 3});
};
const World& TheWorld() {
  static const World world;
  return world;
}

class Revocation : public ::testing::Test {
 protected:
  Revocation() { EXPECT_TRUE(trust_.Add(AsBytes(TheWorld().root.Pem()), "root.pem")); }

  void AddList(const RevocationListSpec& spec) {
    const auto added = trust_.AddRevocationLists(MakeRevocationList(spec), "list.crl");
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(*added, 1U);
  }
  void RevokeSigner(int64_t since) {
    AddList({.issuer = &TheWorld().authority, .revoked = {{kSignersSerial, since}}});
  }

  Verification Judge(int64_t at, SignSpec spec = {}) {
    spec.signer = &TheWorld().signer;
    spec.others = {&TheWorld().authority};
    const auto signature = SignedData::Parse(Sign(kContent, spec));
    if (!signature) return {};
    Digest digest = Digest::Create(signature->indirect_data().algorithm).value();
    digest.Update(kContent);
    return signature->Verify(digest.Finish(), {.trust = &trust_, .at = at});
  }

  static SignSpec Stamped(int64_t time) {
    return {.stamp = StampSpec{.authority = &TheWorld().stamper, .time = time}};
  }

  TrustStore trust_;
};

TEST_F(Revocation, IsNoneWhereNoListNamesTheCertificate) {
  AddList({.issuer = &TheWorld().authority, .revoked = {{99, kRevoked}}});
  EXPECT_EQ(Judge(kLater).judgement, Judgement::kValid) << Judge(kLater).reason;
}

TEST_F(Revocation, EndsASignatureWithoutATimeStamp) {
  RevokeSigner(kRevoked);
  const auto result = Judge(kLater);
  EXPECT_EQ(result.judgement, Judgement::kRevoked);
  EXPECT_EQ(result.reason, "its certificate is revoked since 2020-11-12T12:26:40Z");
  EXPECT_EQ(Judge(kRevoked).judgement, Judgement::kRevoked);
}

TEST_F(Revocation, IsForeseenWhereItsDayIsYetToCome) {
  RevokeSigner(kRevoked);
  const auto result = Judge(kRevoked - 1);
  EXPECT_EQ(result.judgement, Judgement::kValid);
  EXPECT_EQ(result.changes_at, kRevoked);
}

TEST_F(Revocation, LeavesWhatWasStampedBefore) {
  RevokeSigner(kRevoked);
  EXPECT_EQ(Judge(kLater, Stamped(kSigned)).judgement, Judgement::kValid);
  EXPECT_EQ(Judge(kEnd + kDay, Stamped(kSigned)).judgement, Judgement::kValid);
  EXPECT_EQ(Judge(kLater, Stamped(kRevoked)).judgement, Judgement::kRevoked);
}

TEST_F(Revocation, OfAnAuthorityEndsWhatItIssued) {
  AddList({.issuer = &TheWorld().root, .revoked = {{kAuthoritysSerial, kRevoked}}});
  const auto result = Judge(kLater);
  EXPECT_EQ(result.judgement, Judgement::kRevoked);
  EXPECT_THAT(result.reason, HasSubstr("an authority in its chain is revoked"));
}

TEST_F(Revocation, OfTheStamperTakesTheStampAway) {
  AddList({.issuer = &TheWorld().root, .revoked = {{3, kSigned - kDay}}});
  EXPECT_EQ(Judge(kEnd + kDay, Stamped(kSigned)).judgement, Judgement::kExpired);
}

TEST_F(Revocation, ComesBeforeExpiryAndWrongUsage) {
  RevokeSigner(kRevoked);
  EXPECT_EQ(Judge(kEnd + kDay).judgement, Judgement::kRevoked);
}

TEST_F(Revocation, TakesTheEarliestOfSeveralLists) {
  RevokeSigner(kLater);
  RevokeSigner(kRevoked);
  EXPECT_THAT(Judge(kLater).reason, HasSubstr("2020-11-12"));
}

TEST_F(Revocation, IsNotBelievedWithoutTheIssuersSignature) {
  AddList({.issuer = &TheWorld().authority,
           .revoked = {{kSignersSerial, kRevoked}},
           .break_signature = true});
  EXPECT_EQ(Judge(kLater).judgement, Judgement::kValid);
}

// Whoever has the authority's name and another key.
TEST_F(Revocation, IsNotBelievedOfANamesake) {
  const Certificate namesake = MakeCertificate({.subject = {{"CN", "Authority"}},
                                                .not_before = kStart,
                                                .not_after = kEnd,
                                                .is_authority = true,
                                                .key = testing::KeyKind::kRsa2048});
  AddList({.issuer = &namesake, .revoked = {{kSignersSerial, kRevoked}}});
  EXPECT_EQ(Judge(kLater).judgement, Judgement::kValid);
}

TEST_F(Revocation, IsNotBelievedOfWhoMayNotSignLists) {
  const World& world = TheWorld();
  const Certificate authority = MakeCertificate({.subject = {{"CN", "No lists"}},
                                                 .not_before = kStart,
                                                 .not_after = kEnd,
                                                 .key_usage = "critical,keyCertSign",
                                                 .is_authority = true,
                                                 .issuer = &world.root});
  const Certificate signer = MakeCertificate({.subject = {{"CN", "Signer"}},
                                              .not_before = kStart,
                                              .not_after = kEnd,
                                              .issuer = &authority,
                                              .serial = kSignersSerial});
  AddList({.issuer = &authority, .revoked = {{kSignersSerial, kRevoked}}});
  const auto signature =
      SignedData::Parse(Sign(kContent, {.signer = &signer, .others = {&authority}}));
  Digest digest = Digest::Create(DigestAlgorithm::kSha256).value();
  digest.Update(kContent);
  EXPECT_EQ(signature->Verify(digest.Finish(), {.trust = &trust_, .at = kLater}).judgement,
            Judgement::kValid);
}

TEST_F(Revocation, ListsAreReadFromPemAndDer) {
  const auto der = MakeRevocationList({.issuer = &TheWorld().root});
  EXPECT_EQ(trust_.AddRevocationLists(der, "a.crl").value(), 1U);
  const auto refused = [&](Bytes bytes) {
    const auto added = trust_.AddRevocationLists(bytes, "a.crl");
    return added ? std::string("added") : added.error().message;
  };
  EXPECT_EQ(refused(AsBytes("a note")), "a.crl: no revocation list in it");
  EXPECT_THAT(refused(Bytes(der).first(der.size() - 1)), HasSubstr("neither PEM nor one DER"));
  EXPECT_THAT(refused(AsBytes("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")),
              HasSubstr("a.crl: revocation list 1: "));
}

// It says something that is not understood: perhaps that it lists other things than it seems to.
TEST_F(Revocation, ListsThatAreNotUnderstoodAreRefused) {
  const auto refused = [&](std::pair<std::string, std::string> extension) {
    const auto added = trust_.AddRevocationLists(
        MakeRevocationList({.issuer = &TheWorld().root, .extension = std::move(extension)}), "a");
    return added ? std::string("added") : added.error().message;
  };
  EXPECT_THAT(refused({"issuingDistributionPoint", "critical,indirectCRL:TRUE"}),
              HasSubstr("other authorities"));
  EXPECT_THAT(refused({"1.2.3.4", "critical,DER:05:00"}), HasSubstr("1.2.3.4 is not known"));
  EXPECT_EQ(refused({"issuingDistributionPoint", "critical,onlyuser:TRUE"}), "added");
  EXPECT_EQ(refused({"1.2.3.4", "DER:05:00"}), "added");
}

TEST_F(Revocation, ListsAreAtMostSoMany) {
  const auto der = MakeRevocationList({.issuer = &TheWorld().root});
  for (size_t i = 0; i < kMaxRevocationLists; ++i) {
    ASSERT_TRUE(trust_.AddRevocationLists(der, "a.crl"));
  }
  const auto added = trust_.AddRevocationLists(der, "a.crl");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "a.crl: more than 10000 revocation lists");
}

TEST_F(Revocation, DisallowedCertificatesAreTrustedNowhereInAChain) {
  const World& world = TheWorld();
  for (const Certificate* certificate : {&world.signer, &world.authority, &world.root}) {
    TrustStore trust;
    ASSERT_TRUE(trust.Add(AsBytes(world.root.Pem()), "root.pem"));
    ASSERT_TRUE(trust.Disallow(certificate->Der(), "taken.cer"));
    std::swap(trust, trust_);
    const auto result = Judge(kLater);
    std::swap(trust, trust_);
    EXPECT_EQ(result.judgement, Judgement::kUntrusted);
    EXPECT_THAT(result.reason, HasSubstr("is disallowed"));
  }
  ASSERT_TRUE(trust_.Disallow(AsBytes(world.stamper.Pem()), "taken.pem"));
  EXPECT_EQ(Judge(kLater).judgement, Judgement::kValid) << "not of its chain";
}

TEST_F(Revocation, WeakDigestsAreRefusedWhereTheAdministratorSaysSo) {
  const auto judged = [&](const char* digest) {
    const auto result = Judge(kLater, {.digest_name = digest});
    return result.judgement == Judgement::kValid ? std::string("valid") : result.reason;
  };
  EXPECT_EQ(judged("MD5"), "valid");
  trust_.set_weak_digests(WeakDigests::kRefuseMd5);
  EXPECT_EQ(judged("MD5"), "it rests on MD5, which weak-digests refuses");
  EXPECT_EQ(judged("SHA1"), "valid");
  trust_.set_weak_digests(WeakDigests::kRefuseSha1);
  EXPECT_EQ(judged("MD5"), "it rests on MD5, which weak-digests refuses");
  EXPECT_EQ(judged("SHA1"), "it rests on SHA1, which weak-digests refuses");
  EXPECT_EQ(judged("SHA256"), "valid");
}

TEST_F(Revocation, WeakDigestsOfACertificateAreRefusedTheSame) {
  const Certificate signer = MakeCertificate({.subject = {{"CN", "Signer"}},
                                              .not_before = kStart,
                                              .not_after = kEnd,
                                              .issuer = &TheWorld().root,
                                              .digest = "SHA1"});
  trust_.set_weak_digests(WeakDigests::kRefuseSha1);
  const auto signature = SignedData::Parse(Sign(kContent, {.signer = &signer}));
  Digest digest = Digest::Create(DigestAlgorithm::kSha256).value();
  digest.Update(kContent);
  const auto result = signature->Verify(digest.Finish(), {.trust = &trust_, .at = kLater});
  EXPECT_EQ(result.judgement, Judgement::kUntrusted);
  EXPECT_THAT(result.reason, HasSubstr("which weak-digests refuses"));
}

}  // namespace
}  // namespace portcullis::authenticode
