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

TEST(ProbePath, NamesFilesOfAPlaceBelow) {
  const HostConfig config = HostConfig::Default();
  constexpr std::string_view kExtensions[] = {".exe", ".com"};
  const ProbePath path("%WINDIR%\\T?sks\\*", config);
  const ProbeFiles probes = path.FilesIn("%WINDIR%\\Tasks", kExtensions);
  EXPECT_THAT(probes.files, Contains("%WINDIR%\\Tasks\\portcullis-probe.com"));
  EXPECT_THAT(probes.streams, Contains("%WINDIR%\\Tasks:portcullis-probe.exe"));
  EXPECT_THAT(path.FilesIn("%WINDIR%\\Temp", kExtensions).files, IsEmpty());
}

TEST(ProbePath, NamesAFileWhosePlaceIsAbove) {
  const HostConfig config = HostConfig::Default();
  constexpr std::string_view kExtensions[] = {".exe"};
  EXPECT_THAT(ProbePath("/opt/app/tool", config).FilesIn("/opt", kExtensions).files,
              ::testing::ElementsAre("/opt/app/tool"));
  EXPECT_THAT(ProbePath("/h*", config).FilesIn("/", kExtensions).files,
              Contains("/hportcullis-probe.exe"));
}

TEST(ExampleOf, IsMatchedByThePattern) {
  EXPECT_EQ(ExampleOf("app?\\*", ".exe"), "appx\\portcullis-probe.exe");
  EXPECT_EQ(ExampleOf("*\\tool.exe", ".com"), "portcullis-probe\\tool.exe");
}

}  // namespace
}  // namespace portcullis::lint
