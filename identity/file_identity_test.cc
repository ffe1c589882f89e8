// SPDX-License-Identifier: Apache-2.0
#include "identity/file_identity.h"

#include <gtest/gtest.h>

namespace portcullis {
namespace {

TEST(FileVersion, RoundTripsAndComparesAsOneNumber) {
  const auto version = FileVersion::Parse("10.0.65535.1");
  ASSERT_TRUE(version);
  EXPECT_EQ(*version, FileVersion::Of(10, 0, 65535, 1));
  EXPECT_EQ(version->ToString(), "10.0.65535.1");
  EXPECT_LT(FileVersion::Of(9, 65535, 0, 0), *version);
  EXPECT_GT(FileVersion::Of(65535, 0, 0, 0), *version);  // unsigned
  EXPECT_EQ(FileVersion::Parse("00007.1.2.3"), FileVersion::Of(7, 1, 2, 3));
}

TEST(FileVersion, RefusesWhatIsNotFourNumbersOf16Bits) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", "a.0.0.0", "1,2,3,4",
                           "-1.0.0.0", " 1.0.0.0", "1.0.0.0 "}) {
    const auto version = FileVersion::Parse(text);
    ASSERT_FALSE(version) << text;
    EXPECT_EQ(version.error().code, ErrorCode::kMalformed) << text;
  }
  for (const char* text : {"65536.0.0.0", "99999.0.0.0", "1.2.3.99999999999999999999"}) {
    const auto version = FileVersion::Parse(text);
    ASSERT_FALSE(version) << text;
    EXPECT_EQ(version.error().code, ErrorCode::kLimitExceeded) << text;
    EXPECT_NE(version.error().message.find("65535"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace portcullis
