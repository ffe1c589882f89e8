// SPDX-License-Identifier: Apache-2.0
#include "formats/registry/certificate_blob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::registry {
namespace {

using ::testing::HasSubstr;

TEST(CertificateBlob, ReadsWhatItWrites) {
  const auto blob = BuildCertificateBlob(std::vector<CertificateProperty>{
      {kSha1Property, AsBytes("hash")}, {kCertificateProperty, AsBytes("DER")}, {77, {}}});
  EXPECT_EQ(HexLower(blob),
            "03000000010000000400000068617368"
            "200000000100000003000000444552"
            "4d0000000100000000000000");
  const auto properties = ParseCertificateBlob(blob);
  ASSERT_TRUE(properties) << properties.error().message;
  ASSERT_EQ(properties->size(), 3U);
  EXPECT_EQ(properties->at(1).id, kCertificateProperty);
  EXPECT_EQ(AsText(properties->at(1).data), "DER");
  EXPECT_TRUE(ParseCertificateBlob({})->empty());
}

TEST(CertificateBlob, EndsNowhereButBetweenProperties) {
  const auto blob = BuildCertificateBlob(
      std::vector<CertificateProperty>{{3, AsBytes("hash")}, {32, AsBytes("DER")}});
  for (size_t size = 0; size < blob.size(); ++size) {
    const auto properties = ParseCertificateBlob(Bytes(blob).first(size));
    EXPECT_EQ(properties.has_value(), size == 0 || size == 16) << size;
    if (properties) continue;
    EXPECT_EQ(properties.error().code, ErrorCode::kTruncated);
  }
}

TEST(CertificateBlob, RefusesAnotherEncodingAndAPropertyThatStandsTwice) {
  auto blob = BuildCertificateBlob(std::vector<CertificateProperty>{{32, AsBytes("DER")}});
  blob[4] = 2;
  EXPECT_THAT(ParseCertificateBlob(blob).error().message,
              HasSubstr("offset 0: encoding 2 of property 32, where 1 is wanted"));
  const auto twice = BuildCertificateBlob(std::vector<CertificateProperty>{{32, {}}, {32, {}}});
  EXPECT_THAT(ParseCertificateBlob(twice).error().message, HasSubstr("property 32"));
}

TEST(CertificateBlob, HasLimits) {
  std::vector<CertificateProperty> properties(kMaxCertificateProperties);
  for (uint32_t i = 0; i < properties.size(); ++i) properties[i].id = i;
  EXPECT_TRUE(ParseCertificateBlob(BuildCertificateBlob(properties)));
  properties.push_back({1000, {}});
  EXPECT_EQ(ParseCertificateBlob(BuildCertificateBlob(properties)).error().code,
            ErrorCode::kLimitExceeded);
  const std::vector<uint8_t> large(kMaxCertificateBlobBytes - 12);
  auto blob = BuildCertificateBlob(std::vector<CertificateProperty>{{32, large}});
  EXPECT_TRUE(ParseCertificateBlob(blob));
  blob.push_back(0);
  EXPECT_EQ(ParseCertificateBlob(blob).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::registry
