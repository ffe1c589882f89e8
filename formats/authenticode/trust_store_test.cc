// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/trust_store.h"

#include "tests/support/test_signer.h"

namespace portcullis::authenticode {
namespace {

using testing::Certificate;
using ::testing::HasSubstr;
using testing::MakeCertificate;

Certificate Root(const char* name) {
  return MakeCertificate({.subject = {{"CN", name}}, .not_after = 1'900'000'000});
}

TEST(TrustStore, ReadsPemWithTextBetween) {
  TrustStore trust;
  EXPECT_TRUE(trust.empty());
  const std::string text = "# mine\n" + Root("a").Pem() + "\nand another\n" + Root("b").Pem();
  EXPECT_EQ(trust.Add(AsBytes(text), "roots.pem"), 2U);
  EXPECT_EQ(trust.size(), 2U);
}

TEST(TrustStore, ReadsDer) {
  TrustStore trust;
  EXPECT_EQ(trust.Add(Root("a").Der(), "a.der"), 1U);
  EXPECT_EQ(trust.size(), 1U);
}

TEST(TrustStore, KeepsACertificateOnce) {
  TrustStore trust;
  const Certificate root = Root("a");
  EXPECT_EQ(trust.Add(AsBytes(root.Pem()), "a"), 1U);
  EXPECT_EQ(trust.Add(AsBytes(root.Pem()), "a"), 1U);
  EXPECT_EQ(trust.size(), 1U);
}

TEST(TrustStore, SaysWhichCertificateIsBroken) {
  std::string text = Root("a").Pem() + Root("b").Pem();
  text[text.rfind("-----END") - 20] = '!';
  TrustStore trust;
  const auto added = trust.Add(AsBytes(text), "roots.pem");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(added.error().message, HasSubstr("roots.pem: certificate 2"));
  EXPECT_TRUE(trust.empty());
}

TEST(TrustStore, RefusesWhatHoldsNoCertificate) {
  TrustStore trust;
  EXPECT_EQ(trust.Add(AsBytes("-----BEGIN NOTHING-----\nAAAA\n-----END NOTHING-----\n"), "x")
                .error()
                .code,
            ErrorCode::kNotFound);
  EXPECT_EQ(trust.Add(AsBytes("hello"), "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(trust.Add({}, "x").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(trust.Add(AsBytes("\x30\x03\x02\x01\x01"), "x").error().code, ErrorCode::kMalformed);
  auto der = Root("a").Der();
  der.push_back(0);
  EXPECT_EQ(trust.Add(der, "x").error().code, ErrorCode::kMalformed);
}

TEST(TrustStore, RefusesMoreBytesThanItsLimit) {
  TrustStore trust;
  const std::vector<uint8_t> many(kMaxTrustBytes + 1);
  EXPECT_EQ(trust.Add(many, "x").error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::authenticode
