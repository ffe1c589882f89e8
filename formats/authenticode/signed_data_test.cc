// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/signed_data.h"

#include <openssl/asn1.h>
#include <openssl/provider.h>

#include <algorithm>

#include "tests/support/test_signer.h"

namespace portcullis::authenticode {
namespace {

using testing::Certificate;
using testing::CertificateSpec;
using ::testing::HasSubstr;
using testing::KeyKind;
using testing::MakeCertificate;
using testing::Sign;
using testing::SignSpec;
using testing::StampForm;

constexpr int64_t kDay = 86400;
constexpr int64_t kStart = 1'600'000'000;  // 2020-09-13
constexpr int64_t kEnd = kStart + 365 * kDay;
constexpr int64_t kInside = kStart + 30 * kDay;
constexpr int64_t kAfter = kEnd + 30 * kDay;
constexpr int64_t kRootEnd = kStart + 3650 * kDay;

const Bytes kContent = AsBytes("the bytes that the file's digest covers");

// One hierarchy for all tests.
struct World {
  Certificate root = MakeCertificate({.subject = {{"CN", "Root"}},
                                      .not_before = kStart - kDay,
                                      .not_after = kRootEnd,
                                      .is_authority = true});
  Certificate signer = MakeCertificate(Leaf());
  Certificate stamper = MakeCertificate({.subject = {{"CN", "Stamper"}},
                                         .not_before = kStart,
                                         .not_after = kRootEnd,
                                         .extended_key_usage = "critical,timeStamping",
                                         .issuer = &root,
                                         .serial = 3});
  TrustStore trust;

  World() { EXPECT_TRUE(trust.Add(AsBytes(root.Pem()), "root.pem")); }

  CertificateSpec Leaf() const {
    return {.subject = {{"C", "US"}, {"ST", "Texas"}, {"O", "Acme"}, {"CN", "Acme Tools"}},
            .not_before = kStart,
            .not_after = kEnd,
            .extended_key_usage = "codeSigning",
            .issuer = &root,
            .serial = 2};
  }
};
const World& TheWorld() {
  static const World world;
  return world;
}

std::vector<uint8_t> Hash(DigestAlgorithm algorithm, Bytes content) {
  Digest digest = Digest::Create(algorithm).value();
  digest.Update(content);
  return digest.Finish();
}

Verification Judge(const std::vector<uint8_t>& der, int64_t at, const TrustStore& trust,
                   Bytes content = kContent) {
  const auto signed_data = SignedData::Parse(der);
  EXPECT_TRUE(signed_data) << signed_data.error().message;
  if (!signed_data) return {};
  const auto digest = Hash(signed_data->indirect_data().algorithm, content);
  return signed_data->Verify(digest, {.trust = &trust, .at = at});
}
Verification Judge(const SignSpec& spec, int64_t at) {
  return Judge(Sign(kContent, spec), at, TheWorld().trust);
}

std::optional<testing::StampSpec> Stamp(StampForm form, int64_t time = kInside) {
  return testing::StampSpec{.form = form, .authority = &TheWorld().stamper, .time = time};
}
constexpr StampForm kStampForms[] = {StampForm::kRfc3161, StampForm::kCounterSignature};

TEST(SignedData, NamesItsSignerInBothForms) {
  const auto signed_data = SignedData::Parse(Sign(kContent, {.signer = &TheWorld().signer}));
  ASSERT_TRUE(signed_data) << signed_data.error().message;
  EXPECT_EQ(signed_data->names().subject, "C=US, S=Texas, O=Acme, CN=Acme Tools");
  EXPECT_EQ(signed_data->names().issuer, "CN=Root");
  EXPECT_EQ(signed_data->names().publisher_name, "O=ACME, S=TEXAS, C=US");
  EXPECT_EQ(signed_data->indirect_data().type_oid, "1.3.6.1.4.1.311.2.1.15");
}

TEST(SignedData, IsValidWhileItsChainIs) {
  CertificateSpec spec = TheWorld().Leaf();
  spec.key = KeyKind::kRsa2048;
  const Certificate rsa_signer = MakeCertificate(spec);
  for (const char* digest : {"MD5", "SHA1", "SHA256", "SHA384", "SHA512"}) {
    const auto result = Judge({.signer = &rsa_signer, .digest_name = digest}, kInside);
    EXPECT_EQ(result.judgement, Judgement::kValid) << digest << ": " << result.reason;
    EXPECT_EQ(result.changes_at, kEnd) << digest;
    EXPECT_EQ(result.time_stamp, std::nullopt);
    EXPECT_FALSE(result.is_windows_signed);
  }
}

TEST(SignedData, HasABadDigestWhenTheFileChanged) {
  const auto result = Judge(Sign(kContent, {.signer = &TheWorld().signer}), kInside,
                            TheWorld().trust, AsBytes("other bytes"));
  EXPECT_EQ(result.judgement, Judgement::kBadDigest);
  EXPECT_THAT(result.reason, HasSubstr("changed"));
}

TEST(SignedData, HasABadDigestWhenItsOwnSignatureFails) {
  const auto result = Judge({.signer = &TheWorld().signer, .break_signature = true}, kInside);
  EXPECT_EQ(result.judgement, Judgement::kBadDigest);
  EXPECT_THAT(result.reason, HasSubstr("does not hold"));
}

TEST(SignedData, IsExpiredOutsideItsTimeWithoutAStamp) {
  const auto after = Judge({.signer = &TheWorld().signer}, kAfter);
  EXPECT_EQ(after.judgement, Judgement::kExpired);
  EXPECT_THAT(after.reason, HasSubstr("no time stamp"));
  EXPECT_EQ(after.changes_at, std::nullopt);

  const auto before = Judge({.signer = &TheWorld().signer}, kStart - 10);
  EXPECT_EQ(before.judgement, Judgement::kExpired);
  EXPECT_EQ(before.changes_at, kStart);
}

TEST(SignedData, StaysValidAfterExpiryWhereItWasStampedInTime) {
  for (const StampForm form : kStampForms) {
    const auto result = Judge({.signer = &TheWorld().signer, .stamp = Stamp(form)}, kAfter);
    EXPECT_EQ(result.judgement, Judgement::kValid) << result.reason;
    EXPECT_EQ(result.time_stamp, kInside);
    EXPECT_EQ(result.changes_at, std::nullopt);
  }
}

TEST(SignedData, IsExpiredWhereItWasStampedTooLate) {
  for (const StampForm form : kStampForms) {
    const auto result =
        Judge({.signer = &TheWorld().signer, .stamp = Stamp(form, kAfter)}, kAfter + kDay);
    EXPECT_EQ(result.judgement, Judgement::kExpired);
    EXPECT_THAT(result.reason, HasSubstr("when it was time-stamped"));
  }
}

TEST(SignedData, IgnoresAStampOfAnotherSignature) {
  for (const StampForm form : kStampForms) {
    auto stamp = Stamp(form);
    stamp->stamps_another_signature = true;
    const auto result = Judge({.signer = &TheWorld().signer, .stamp = stamp}, kAfter);
    EXPECT_EQ(result.judgement, Judgement::kExpired);
    EXPECT_EQ(result.time_stamp, std::nullopt);
    EXPECT_THAT(result.reason, HasSubstr("time stamp"));
  }
}

TEST(SignedData, IgnoresAStampByWhoMayNotStamp) {
  const World& world = TheWorld();
  const struct {
    const char* what;
    const char* usage;
    const Certificate* issuer;
    const char* word;
  } rows[] = {
      {"another usage", "codeSigning", &world.root, "not for time stamping"},
      {"no usage at all", "", &world.root, "not for time stamping"},
      {"signed by itself", "critical,timeStamping", nullptr, "self-signed"},
  };
  for (const auto& row : rows) {
    const Certificate stamper = MakeCertificate({.subject = {{"CN", "Other"}},
                                                 .not_before = kStart,
                                                 .not_after = kRootEnd,
                                                 .extended_key_usage = row.usage,
                                                 .issuer = row.issuer,
                                                 .serial = 9});
    for (const StampForm form : kStampForms) {
      auto stamp = Stamp(form);
      stamp->authority = &stamper;
      const auto result = Judge({.signer = &world.signer, .stamp = stamp}, kAfter);
      EXPECT_EQ(result.judgement, Judgement::kExpired) << row.what;
      EXPECT_THAT(result.reason, HasSubstr(row.word)) << row.what;
    }
  }
}

TEST(SignedData, EndsWithItsCertificateWhereThatSaysSo) {
  CertificateSpec spec = TheWorld().Leaf();
  spec.extended_key_usage = "codeSigning,1.3.6.1.4.1.311.10.3.13";
  const Certificate signer = MakeCertificate(spec);
  const SignSpec sign{.signer = &signer, .stamp = Stamp(StampForm::kRfc3161)};
  const auto inside = Judge(sign, kInside + kDay);
  EXPECT_EQ(inside.judgement, Judgement::kValid);
  EXPECT_EQ(inside.changes_at, kEnd);
  const auto after = Judge(sign, kAfter);
  EXPECT_EQ(after.judgement, Judgement::kExpired);
  EXPECT_THAT(after.reason, HasSubstr("does not extend"));
}

TEST(SignedData, IsUntrustedWithoutAChainToAnAnchor) {
  const World& world = TheWorld();
  const Certificate self = MakeCertificate(
      {.not_before = kStart, .not_after = kEnd, .extended_key_usage = "codeSigning"});
  const auto result = Judge({.signer = &self}, kInside);
  EXPECT_EQ(result.judgement, Judgement::kUntrusted);
  EXPECT_THAT(result.reason, HasSubstr("self-signed"));

  const auto nobody = Judge(Sign(kContent, {.signer = &world.signer}), kInside, TrustStore());
  EXPECT_EQ(nobody.judgement, Judgement::kUntrusted);
  EXPECT_THAT(nobody.reason, HasSubstr("no trust anchors"));
}

TEST(SignedData, IsUntrustedRatherThanExpiredWhenItIsBoth) {
  const Certificate self = MakeCertificate({.not_before = kStart, .not_after = kEnd});
  EXPECT_EQ(Judge({.signer = &self}, kAfter).judgement, Judgement::kUntrusted);
}

TEST(SignedData, IsUntrustedWhereItsUsageIsAnother) {
  const struct {
    const char* usage;
    Judgement judgement;
  } rows[] = {
      {"codeSigning", Judgement::kValid},
      {"serverAuth,codeSigning", Judgement::kValid},
      {"anyExtendedKeyUsage", Judgement::kValid},
      {"", Judgement::kValid},  // RFC 5280 and Windows: unrestricted
      {"serverAuth", Judgement::kUntrusted},
      {"emailProtection,timeStamping", Judgement::kUntrusted},
  };
  for (const auto& row : rows) {
    CertificateSpec spec = TheWorld().Leaf();
    spec.extended_key_usage = row.usage;
    const Certificate signer = MakeCertificate(spec);
    EXPECT_EQ(Judge({.signer = &signer}, kInside).judgement, row.judgement) << row.usage;
    // Also when it has expired: the usage comes first.
    const auto later = Judge({.signer = &signer}, kAfter).judgement;
    EXPECT_EQ(later, row.judgement == Judgement::kValid ? Judgement::kExpired : row.judgement)
        << row.usage;
  }
}

struct Intermediate {
  const char* what;
  bool is_authority;
  const char* usage;
  Judgement judgement;
};

TEST(SignedData, FollowsTheCertificatesThatCameWithIt) {
  const Intermediate rows[] = {
      {"authority", true, "", Judgement::kValid},
      {"authority for code", true, "codeSigning", Judgement::kValid},
      {"authority for servers", true, "serverAuth", Judgement::kUntrusted},
      {"no authority", false, "", Judgement::kUntrusted},
  };
  for (const Intermediate& row : rows) {
    const Certificate middle = MakeCertificate({.subject = {{"CN", "Middle"}},
                                                .not_before = kStart,
                                                .not_after = kRootEnd,
                                                .extended_key_usage = row.usage,
                                                .is_authority = row.is_authority,
                                                .issuer = &TheWorld().root,
                                                .serial = 5});
    CertificateSpec spec = TheWorld().Leaf();
    spec.issuer = &middle;
    const Certificate signer = MakeCertificate(spec);
    const auto with = Judge({.signer = &signer, .others = {&middle}}, kInside);
    EXPECT_EQ(with.judgement, row.judgement) << row.what << ": " << with.reason;
    EXPECT_EQ(Judge({.signer = &signer}, kInside).judgement, Judgement::kUntrusted) << row.what;
  }
}

TEST(SignedData, AcceptsAnAnchorInTheMiddleOfAChain) {
  TrustStore trust;
  ASSERT_TRUE(trust.Add(TheWorld().signer.Der(), "signer.der"));
  const auto result = Judge(Sign(kContent, {.signer = &TheWorld().signer}), kInside, trust);
  EXPECT_EQ(result.judgement, Judgement::kValid) << result.reason;
}

TEST(SignedData, AcceptsOldStrengths) {
  const Certificate root = MakeCertificate({.subject = {{"CN", "Old root"}},
                                            .not_before = kStart,
                                            .not_after = kRootEnd,
                                            .is_authority = true,
                                            .key = KeyKind::kRsa1024,
                                            .digest = "MD5"});
  CertificateSpec spec = TheWorld().Leaf();
  spec.issuer = &root;
  spec.key = KeyKind::kRsa1024;
  spec.digest = "SHA1";
  const Certificate signer = MakeCertificate(spec);
  TrustStore trust;
  ASSERT_TRUE(trust.Add(root.Der(), "root.der"));
  const auto result =
      Judge(Sign(kContent, {.signer = &signer, .digest_name = "SHA1"}), kInside, trust);
  EXPECT_EQ(result.judgement, Judgement::kValid) << result.reason;
}

struct Strength {
  const char* what;
  KeyKind key;
  const char* digest;
  Judgement judgement;
  const char* word;
};
constexpr Strength kStrengths[] = {
    {"short key", KeyKind::kRsa512, "SHA256", Judgement::kUntrusted, "512 bits"},
    {"MD5", KeyKind::kRsa2048, "MD5", Judgement::kUntrusted, "by MD5"},
    {"old", KeyKind::kRsa1024, "SHA1", Judgement::kValid, ""},
};

// An authority whose key is RSA: MD5 does not go with elliptic curves.
Certificate RsaRoot() {
  return MakeCertificate({.subject = {{"CN", "RSA root"}},
                          .not_before = kStart - kDay,
                          .not_after = kRootEnd,
                          .is_authority = true,
                          .key = KeyKind::kRsa2048});
}

TEST(SignedData, IsUntrustedWhereItsCertificateIsAsWeakAsWindowsRefuses) {
  const Certificate root = RsaRoot();
  TrustStore trust;
  ASSERT_TRUE(trust.Add(root.Der(), "root.der"));
  for (const Strength& row : kStrengths) {
    CertificateSpec spec = TheWorld().Leaf();
    spec.issuer = &root;
    spec.key = row.key;
    spec.digest = row.digest;
    const Certificate signer = MakeCertificate(spec);
    const auto der = Sign(kContent, {.signer = &signer});
    const auto result = Judge(der, kInside, trust);
    EXPECT_EQ(result.judgement, row.judgement) << row.what << ": " << result.reason;
    EXPECT_THAT(result.reason, HasSubstr(row.word)) << row.what;
    // Weakness comes before expiry.
    const auto later = Judge(der, kAfter, trust).judgement;
    EXPECT_EQ(later, row.judgement == Judgement::kValid ? Judgement::kExpired : row.judgement)
        << row.what;
  }
}

// The object identifiers of digests, and of RSA signatures over them, differ in their last byte.
const std::vector<uint8_t> kMd5 = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x05};
const std::vector<uint8_t> kMd5WithRsa = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x04};
struct OldDigest {
  const char* name;
  uint8_t digest;
  uint8_t with_rsa;
};
constexpr OldDigest kOldDigests[] = {{"MD2", 2, 2}, {"MD4", 4, 3}};

std::vector<size_t> PlacesOf(const std::vector<uint8_t>& oid, const std::vector<uint8_t>& der) {
  std::vector<size_t> places;
  for (auto at = der.begin();; ++at) {
    at = std::search(at, der.end(), oid.begin(), oid.end());
    if (at == der.end()) return places;
    places.push_back(static_cast<size_t>(at - der.begin()));
  }
}

// Where a signature of this library's own making names the digest: in the list in front, with the
// file's digest, and with the signer.
TEST(SignedData, RefusesDigestsOlderThanMd5) {
  CertificateSpec spec = TheWorld().Leaf();
  spec.key = KeyKind::kRsa2048;
  const Certificate signer = MakeCertificate(spec);
  const auto by_md5 = Sign(kContent, {.signer = &signer, .digest_name = "MD5"});
  const auto places = PlacesOf(kMd5, by_md5);
  ASSERT_EQ(places.size(), 3U);
  for (const OldDigest& old : kOldDigests) {
    auto file = by_md5;
    file[places[1] + kMd5.size() - 1] = old.digest;
    const auto parsed = SignedData::Parse(file);
    ASSERT_FALSE(parsed) << old.name;
    EXPECT_EQ(parsed.error().code, ErrorCode::kUnsupported) << old.name;
    EXPECT_THAT(parsed.error().message, HasSubstr("read are MD5, SHA-1"));

    auto of_signer = by_md5;
    of_signer[places[2] + kMd5.size() - 1] = old.digest;
    const auto result = Judge(of_signer, kInside, TheWorld().trust);
    EXPECT_EQ(result.judgement, Judgement::kBadDigest) << old.name;
    EXPECT_THAT(result.reason, HasSubstr("read are MD5, SHA-1")) << old.name;
  }
}

TEST(SignedData, IsUntrustedWhereItsCertificateIsSignedByADigestOlderThanMd5) {
  const Certificate root = RsaRoot();
  TrustStore trust;
  ASSERT_TRUE(trust.Add(root.Der(), "root.der"));
  CertificateSpec spec = TheWorld().Leaf();
  spec.issuer = &root;
  spec.key = KeyKind::kRsa2048;
  spec.digest = "MD5";
  const Certificate signer = MakeCertificate(spec);
  for (const OldDigest& old : kOldDigests) {
    auto der = Sign(kContent, {.signer = &signer});
    for (const size_t place : PlacesOf(kMd5WithRsa, der)) {
      der[place + kMd5WithRsa.size() - 1] = old.with_rsa;
    }
    EXPECT_EQ(Judge(der, kInside, trust).judgement, Judgement::kUntrusted) << old.name;
  }
}

// OpenSSL computes MD4 where a machine's configuration loads its legacy algorithms; it has no MD2.
TEST(SignedData, IsUntrustedByMd4EvenWhereOpensslComputesIt) {
  OSSL_PROVIDER* const standard = OSSL_PROVIDER_load(nullptr, "default");
  OSSL_PROVIDER* const legacy = OSSL_PROVIDER_load(nullptr, "legacy");
  ASSERT_NE(legacy, nullptr);
  {
    const Certificate root = RsaRoot();
    TrustStore trust;
    ASSERT_TRUE(trust.Add(root.Der(), "root.der"));
    CertificateSpec spec = TheWorld().Leaf();
    spec.issuer = &root;
    spec.key = KeyKind::kRsa2048;
    spec.digest = "MD4";
    const Certificate signer = MakeCertificate(spec);
    const auto result = Judge(Sign(kContent, {.signer = &signer}), kInside, trust);
    EXPECT_EQ(result.judgement, Judgement::kUntrusted);
    EXPECT_THAT(result.reason, HasSubstr("by MD4, which is broken"));
  }
  OSSL_PROVIDER_unload(legacy);
  OSSL_PROVIDER_unload(standard);
}

TEST(SignedData, IsUntrustedWhereAnAuthorityBelowTheAnchorIsWeak) {
  const Certificate root = RsaRoot();
  TrustStore trust;
  ASSERT_TRUE(trust.Add(root.Der(), "root.der"));
  for (const Strength& row : kStrengths) {
    const Certificate middle = MakeCertificate({.subject = {{"CN", "Middle"}},
                                                .not_before = kStart,
                                                .not_after = kRootEnd,
                                                .is_authority = true,
                                                .issuer = &root,
                                                .key = row.key,
                                                .digest = row.digest,
                                                .serial = 5});
    CertificateSpec spec = TheWorld().Leaf();
    spec.issuer = &middle;
    const Certificate signer = MakeCertificate(spec);
    const auto der = Sign(kContent, {.signer = &signer, .others = {&middle}});
    const auto result = Judge(der, kInside, trust);
    EXPECT_EQ(result.judgement, row.judgement) << row.what << ": " << result.reason;
    EXPECT_THAT(result.reason, HasSubstr(row.word)) << row.what;
  }
}

TEST(SignedData, IgnoresAStampByAWeakCertificate) {
  const Certificate root = RsaRoot();
  TrustStore trust;
  ASSERT_TRUE(trust.Add(root.Der(), "root.der"));
  ASSERT_TRUE(trust.Add(TheWorld().root.Der(), "other.der"));
  for (const Strength& row : kStrengths) {
    const Certificate stamper = MakeCertificate({.subject = {{"CN", "Weak stamper"}},
                                                 .not_before = kStart,
                                                 .not_after = kRootEnd,
                                                 .extended_key_usage = "critical,timeStamping",
                                                 .issuer = &root,
                                                 .key = row.key,
                                                 .digest = row.digest,
                                                 .serial = 9});
    for (const StampForm form : kStampForms) {
      auto stamp = Stamp(form);
      stamp->authority = &stamper;
      const auto der = Sign(kContent, {.signer = &TheWorld().signer, .stamp = stamp});
      const auto result = Judge(der, kAfter, trust);
      const bool is_good = row.judgement == Judgement::kValid;
      EXPECT_EQ(result.judgement, is_good ? Judgement::kValid : Judgement::kExpired) << row.what;
      EXPECT_THAT(result.reason, HasSubstr(row.word)) << row.what;
    }
  }
}

TEST(SignedData, IgnoresATokenWithMoreCertificatesThanItsLimit) {
  std::vector<Certificate> many;
  for (size_t i = 0; i <= kMaxCertificates; ++i) {
    CertificateSpec leaf = TheWorld().Leaf();
    leaf.serial = static_cast<int64_t>(100 + i);
    many.push_back(MakeCertificate(leaf));
  }
  auto stamp = Stamp(StampForm::kRfc3161);
  for (const Certificate& certificate : many) stamp->others.push_back(&certificate);
  const auto result = Judge({.signer = &TheWorld().signer, .stamp = stamp}, kAfter);
  EXPECT_EQ(result.judgement, Judgement::kExpired);
  EXPECT_THAT(result.reason, HasSubstr("certificates, at most"));
}

TEST(SignedData, AcceptsNegativeSerials) {
  CertificateSpec spec = TheWorld().Leaf();
  spec.serial = -5;
  const Certificate signer = MakeCertificate(spec);
  EXPECT_EQ(Judge({.signer = &signer}, kInside).judgement, Judgement::kValid);
}

TEST(SignedData, IsWindowsSignedOnlyWhenValid) {
  CertificateSpec spec = TheWorld().Leaf();
  spec.extended_key_usage = "codeSigning,1.3.6.1.4.1.311.10.3.6";
  const Certificate signer = MakeCertificate(spec);
  EXPECT_TRUE(Judge({.signer = &signer}, kInside).is_windows_signed);
  EXPECT_FALSE(Judge({.signer = &signer}, kAfter).is_windows_signed);
}

TEST(SignedData, IsUntrustedWhenItsSignerIsNotInIt) {
  const auto result = Judge({.signer = &TheWorld().signer, .leave_signer_out = true}, kInside);
  EXPECT_EQ(result.judgement, Judgement::kUntrusted);
  EXPECT_THAT(result.reason, HasSubstr("not in the signature"));
}

TEST(SignedData, RefusesWhatIsNoAuthenticodeSignature) {
  EXPECT_THAT(SignedData::Parse({}).error().message, HasSubstr("not PKCS#7"));
  EXPECT_THAT(SignedData::Parse(AsBytes("\x30\x84\xFF\xFF\xFF\xFF")).error().message,
              HasSubstr("not PKCS#7"));
  const auto other = SignedData::Parse(
      Sign(kContent, {.signer = &TheWorld().signer, .content_type = "1.3.6.1.4.1.311.10.1"}));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(other.error().message, HasSubstr("another type"));
}

TEST(SignedData, RefusesEveryTruncation) {
  const auto der = Sign(kContent, {.signer = &TheWorld().signer});
  for (size_t size = 0; size < der.size(); size += 7) {
    EXPECT_FALSE(SignedData::Parse(Bytes(der).first(size))) << size;
  }
}

TEST(SignedData, RefusesMoreCertificatesThanItsLimit) {
  SignSpec spec{.signer = &TheWorld().signer};
  std::vector<Certificate> many;
  for (size_t i = 0; i <= kMaxCertificates; ++i) {
    CertificateSpec leaf = TheWorld().Leaf();
    leaf.serial = static_cast<int64_t>(100 + i);
    many.push_back(MakeCertificate(leaf));
  }
  for (const Certificate& certificate : many) spec.others.push_back(&certificate);
  const auto signed_data = SignedData::Parse(Sign(kContent, spec));
  ASSERT_FALSE(signed_data);
  EXPECT_EQ(signed_data.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::authenticode
