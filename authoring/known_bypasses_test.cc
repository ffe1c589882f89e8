// SPDX-License-Identifier: Apache-2.0
#include "authoring/known_bypasses.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <set>

#include "authoring/shipped_text.h"

namespace portcullis {
namespace {

using ::testing::HasSubstr;

const KnownBypass* Find(std::string_view name) {
  for (const KnownBypass& bypass : KnownBypasses()) {
    if (bypass.name == name) return &bypass;
  }
  return nullptr;
}

TEST(KnownBypasses, ReadWhatIsShipped) {
  const auto shipped = ParseKnownBypasses(KnownBypassesText());
  ASSERT_TRUE(shipped) << shipped.error().message;
  EXPECT_EQ(KnownBypasses().size(), shipped->size());
  EXPECT_GE(KnownBypasses().size(), 80U);
}

TEST(KnownBypasses, AreThereOnce) {
  std::set<std::string> seen;
  for (const KnownBypass& bypass : KnownBypasses()) {
    const auto key = fmt::format("{} {} {}", ToString(bypass.platform), ToString(bypass.collection),
                                 bypass.file_name);
    EXPECT_TRUE(seen.insert(key).second) << key;
  }
}

TEST(KnownBypasses, CoverTheBestKnownOfBothPlatforms) {
  for (const char* name : {"mshta.exe", "MSBuild.exe", "InstallUtil.exe", "RegSvcs.exe",
                           "RegAsm.exe", "cdb.exe", "csi.exe", "dnx.exe", "rcsi.exe", "bginfo.exe",
                           "fsi.exe", "gdb", "busybox", "gawk", "vim", "perl", "python3"}) {
    EXPECT_NE(Find(name), nullptr) << name;
  }
}

TEST(KnownBypasses, KeepWhatASystemNeedsOffTheDenied) {
  for (const char* name : {"perl", "python3", "dash", "bash", "rundll32.exe", "powershell.exe"}) {
    ASSERT_NE(Find(name), nullptr) << name;
    EXPECT_FALSE(Find(name)->needed_by.empty()) << name;
  }
  EXPECT_TRUE(Find("gdb")->needed_by.empty());
}

TEST(KnownBypasses, AreDeniedByOriginalNameOnWindowsAndByNameOnLinux) {
  const auto bginfo = std::get<applocker::FilePublisherCondition>(ConditionOf(*Find("bginfo.exe")));
  EXPECT_EQ(bginfo.publisher_name, "*");
  EXPECT_EQ(bginfo.binary_name, "BGINFO.EXE");
  EXPECT_FALSE(bginfo.binary_version_range.low_section);
  EXPECT_EQ(bginfo.binary_version_range.high_section, FileVersion::Of(4, 21, 65535, 65535));
  EXPECT_EQ(std::get<applocker::FilePathCondition>(ConditionOf(*Find("gdb"))).path, "*/gdb");
}

struct Refused {
  const char* text;
  const char* word;
};

TEST(ParseKnownBypasses, RefusesWhatIsNotOfItsForm) {
  const std::string good = "a\tlinux\tExe\ta\t-\t-\t*\thttps://x/\t2026-01-02\t-\truns";
  ASSERT_TRUE(ParseKnownBypasses(good));
  for (const Refused& refused : {
           Refused{"a\tlinux", "line 1: 2 fields"},
           Refused{"a\tmac\tExe\ta\t-\t-\t*\thttps://x/\t2026-01-02\t-\truns", "platform"},
           Refused{"a\tlinux\tJar\ta\t-\t-\t*\thttps://x/\t2026-01-02\t-\truns", "collection"},
           Refused{"a\tlinux\tExe\t*\t-\t-\t*\thttps://x/\t2026-01-02\t-\truns", "any"},
           Refused{"a\tlinux\tExe\tb/a\t-\t-\t*\thttps://x/\t2026-01-02\t-\truns", "file_name"},
           Refused{"a\tlinux\tExe\ta\tO=X\t-\t*\thttps://x/\t2026-01-02\t-\truns", "publisher"},
           Refused{"a\twindows\tExe\tA\t-\t*\t*\thttps://x/\t2026-01-02\t-\truns", "publisher"},
           Refused{"a\tlinux\tExe\ta\t-\t-\t1.0\thttps://x/\t2026-01-02\t-\truns", "versions"},
           Refused{"a\tlinux\tExe\ta\t-\t-\t*\thttp://x/\t2026-01-02\t-\truns", "https"},
           Refused{"a\tlinux\tExe\ta\t-\t-\t*\thttps://x/\t2026-13-02\t-\truns", "date"},
           Refused{"a\tlinux\tExe\ta\t\t-\t*\thttps://x/\t2026-01-02\t-\truns", "empty field"},
           Refused{"a\tlinux\tExe\ta\t-\t-\t*\thttps://x/\t2026-01-02\t-\ta debugger: runs",
                   "`why`"},
           Refused{"# c\n\na\tlinux\tExe\ta\t-\t-\t*\thttps://x/\t2026-01-02\t-\t-", "line 3"},
       }) {
    const auto parsed = ParseKnownBypasses(refused.text);
    ASSERT_FALSE(parsed) << refused.text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kMalformed) << refused.text;
    EXPECT_THAT(parsed.error().message, HasSubstr(refused.word));
  }
}

TEST(ParseKnownBypasses, RefusesMoreThanItsLimits) {
  const auto parsed = ParseKnownBypasses(std::string(kMaxBypassBytes + 1, '\n'));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::kLimitExceeded);
  std::string rows;
  for (size_t i = 0; i <= kMaxBypasses; ++i) {
    rows += "a\tlinux\tExe\ta\t-\t-\t*\thttps://x/\t2026-01-02\t-\truns\n";
  }
  const auto many = ParseKnownBypasses(rows);
  ASSERT_FALSE(many);
  EXPECT_THAT(many.error().message, HasSubstr("more than 10000 rows"));
}

}  // namespace
}  // namespace portcullis
