// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/description.h"

#include "formats/authenticode/signed_data.h"
#include "tests/support/test_signer.h"

namespace portcullis::authenticode {
namespace {

using testing::Certificate;
using ::testing::ElementsAre;
using testing::MakeCertificate;
using testing::Sign;
using testing::SignSpec;
using testing::StampSpec;

constexpr int64_t kStart = 1'600'000'000;
constexpr int64_t kEnd = kStart + int64_t{365} * 86400;
const Bytes kContent = AsBytes("what is signed");

struct World {
  Certificate root = MakeCertificate({.subject = {{"CN", "Root"}},
                                      .not_before = kStart - 1,
                                      .not_after = kEnd,
                                      .is_authority = true,
                                      .key = testing::KeyKind::kRsa2048});
  Certificate signer = MakeCertificate({.subject = {{"C", "US"}, {"CN", "Signer"}},
                                        .not_before = kStart,
                                        .not_after = kEnd,
                                        .extended_key_usage = "codeSigning,1.3.6.1.4.1.311.10.3.13",
                                        .policies = "2.23.140.1.3",
                                        .issuer = &root,
                                        .serial = 0xABCD});
  Certificate stamper = MakeCertificate({.subject = {{"CN", "Stamper"}},
                                         .not_before = kStart,
                                         .not_after = kEnd,
                                         .extended_key_usage = "critical,timeStamping",
                                         .issuer = &root});
  TrustStore trust;
  World() { EXPECT_TRUE(trust.Add(AsBytes(root.Pem()), "root.pem")); }
};
const World& TheWorld() {
  static const World world;
  return world;
}

SignatureDescription Describe(SignSpec spec, const TrustStore* trust) {
  spec.signer = &TheWorld().signer;
  return SignedData::Parse(Sign(kContent, spec))->Describe({.trust = trust, .at = kStart});
}

TEST(Description, SaysWhatIsInACertificate) {
  const auto description = Describe({}, &TheWorld().trust);
  EXPECT_EQ(description.signer_digest, "SHA256");
  ASSERT_EQ(description.chain.size(), 2U);
  const CertificateDescription& signer = description.chain[0];
  EXPECT_EQ(signer.subject, "C=US, CN=Signer");
  EXPECT_EQ(signer.issuer, "CN=Root");
  EXPECT_EQ(signer.serial_number, "ABCD");
  EXPECT_EQ(signer.not_before, kStart);
  EXPECT_EQ(signer.not_after, kEnd);
  EXPECT_EQ(signer.key, "EC 256");
  EXPECT_EQ(signer.signature_algorithm, "RSA-SHA256");
  EXPECT_THAT(signer.usages, ElementsAre("codeSigning", "1.3.6.1.4.1.311.10.3.13"));
  EXPECT_TRUE(signer.is_ev);
  EXPECT_TRUE(signer.is_lifetime_signing);
  Digest digest = Digest::Create(DigestAlgorithm::kSha1).value();
  digest.Update(TheWorld().signer.Der());
  EXPECT_EQ(signer.sha1, HexUpper(digest.Finish()));
  EXPECT_EQ(description.chain[1].subject, "CN=Root");
  EXPECT_EQ(description.chain[1].key, "RSA 2048");
  EXPECT_FALSE(description.chain[1].is_ev);
  EXPECT_FALSE(description.stamp_signer);
}

TEST(Description, ShowsAsMuchOfAChainAsIsKnown) {
  EXPECT_EQ(Describe({}, nullptr).chain.size(), 1U);
  EXPECT_EQ(Describe({.others = {&TheWorld().root}}, nullptr).chain.size(), 2U);
  EXPECT_TRUE(Describe({.leave_signer_out = true}, &TheWorld().trust).chain.empty());
}

TEST(Description, NamesWhoStamped) {
  const auto description =
      Describe({.stamp = StampSpec{.authority = &TheWorld().stamper, .time = kStart + 1}},
               &TheWorld().trust);
  EXPECT_EQ(description.stamp_form, "RFC 3161");
  ASSERT_TRUE(description.stamp_signer);
  EXPECT_EQ(description.stamp_signer->subject, "CN=Stamper");
}

TEST(NestedSignatures, AreHandedOutInOrderAndAtMostSoMany) {
  const auto inner = Sign(kContent, {.signer = &TheWorld().signer, .digest_name = "SHA512"});
  const auto first = Sign(kContent, {.signer = &TheWorld().signer, .digest_name = "SHA1"});
  const auto outer = [&](size_t further) {
    SignSpec spec{.signer = &TheWorld().signer, .nested = {first}};
    spec.nested.insert(spec.nested.end(), further, inner);
    return SignedData::Parse(Sign(kContent, spec)).value();
  };
  EXPECT_TRUE(SignedData::Parse(inner)->NestedSignatures().empty());
  const SignedData two = outer(1);
  ASSERT_EQ(two.NestedSignatures().size(), 2U);
  EXPECT_EQ(SignedData::Parse(two.NestedSignatures()[0])->indirect_data().algorithm,
            DigestAlgorithm::kSha1);
  EXPECT_EQ(SignedData::Parse(two.NestedSignatures()[1])->indirect_data().algorithm,
            DigestAlgorithm::kSha512);
  EXPECT_EQ(outer(kMaxNestedSignatures - 1).NestedSignatures().size(), kMaxNestedSignatures);
  EXPECT_EQ(outer(kMaxNestedSignatures).NestedSignatures().size(), kMaxNestedSignatures);
}

}  // namespace
}  // namespace portcullis::authenticode
