// SPDX-License-Identifier: Apache-2.0
#include "authoring/lint/probe_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis::lint {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(RestsBelow, IsWhatThePatternHasLeft) {
  EXPECT_THAT(RestsBelow("C:\\USERS\\*", "C:\\USERS\\ANN"), Contains("*"));
  EXPECT_THAT(RestsBelow("C:\\USERS\\*\\BIN\\*", "C:\\USERS\\ANN"), Contains("BIN\\*"));
  EXPECT_THAT(RestsBelow("C:\\USERS\\*\\BIN\\*", "C:\\USERS\\ANN"), Contains("*\\BIN\\*"));
  EXPECT_THAT(RestsBelow("\\opt\\app?\\tool", "\\opt\\app1"), Contains("tool"));
}

TEST(RestsBelow, IsEmptyWhereThePatternMatchesNoFile) {
  EXPECT_THAT(RestsBelow("C:\\USERS\\*", "C:\\TEMP"), IsEmpty());
  EXPECT_THAT(RestsBelow("\\opt\\app?\\tool", "\\opt\\app10"), IsEmpty());
  EXPECT_THAT(RestsBelow("\\opt\\app?\\tool", "\\opt\\app1\\lib"), IsEmpty());
}

TEST(RestsBelow, AreNoMoreThanTheLimit) {
  std::string pattern = "C:\\";
  for (size_t i = 0; i < 4 * kMaxRests; ++i) pattern += "*A";
  EXPECT_THAT(RestsBelow(pattern, "C:\\" + std::string(4 * kMaxRests, 'A')), SizeIs(kMaxRests));
}

TEST(ExampleOf, IsMatchedByThePattern) {
  EXPECT_EQ(ExampleOf("app?\\*", ".exe"), "appx\\portcullis-probe.exe");
  EXPECT_EQ(ExampleOf("*\\tool.exe", ".com"), "portcullis-probe\\tool.exe");
}

}  // namespace
}  // namespace portcullis::lint
