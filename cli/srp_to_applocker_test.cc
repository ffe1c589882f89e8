// SPDX-License-Identifier: Apache-2.0
#include "cli/test_io.h"

namespace portcullis::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kIdentifiers =
    "Windows Registry Editor Version 5.00\r\n\r\n"
    "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers]\r\n"
    "\"DefaultLevel\"=dword:00000000\r\n"
    "\"TransparentEnabled\"=dword:00000001\r\n\r\n";

// A path rule in a .reg; level 0 or 262144, and the last digit of its id.
std::string PathRule(std::string_view level, std::string_view digit, std::string_view path) {
  std::string escaped;
  for (const char c : path) escaped += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\Safer\\CodeIdentifiers\\" +
         std::string(level) + "\\Paths\\{00000000-0000-0000-0000-00000000000" + std::string(digit) +
         "}]\r\n\"ItemData\"=\"" + escaped + "\"\r\n\"SaferFlags\"=dword:00000000\r\n\r\n";
}

std::string Fact(const std::string& path) {
  std::string escaped;
  for (const char c : path) escaped += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return "{\"path\":\"" + escaped + "\",\"collection\":\"Exe\",\"operation\":\"execute\"}\n";
}

TEST(SrpToAppLocker, WritesAPolicyThatJudgesTheSame) {
  const Folder folder;
  const std::string reg =
      folder.Write("a.reg", std::string(kIdentifiers) + PathRule("262144", "1", "C:\\Tools") +
                                PathRule("0", "2", "C:\\Tools\\*.com"));
  const std::string facts =
      folder.Write("facts", Fact("C:\\Tools\\a.exe") + Fact("C:\\Tools\\a.com") +
                                Fact("C:\\Tools\\b\\a.com") + Fact("C:\\other.exe"));
  const Ran ran = RunCli({"srp", "to-applocker", reg, "-o", folder / "out.xml", "--facts", facts});
  EXPECT_EQ(ran.status, ExitStatus::kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("4 files judged by both, 0 differ"));
  EXPECT_EQ(RunCli({"policy", "check", folder / "out.xml"}).status, ExitStatus::kDone);
  const Ran tested =
      RunCli({"test", "--policy", folder / "out.xml", "--facts", facts, "--format", "json"});
  ASSERT_EQ(tested.objects().size(), 4U) << tested.err;
  EXPECT_EQ(TextOf(tested.objects()[0], "verdict"), "Allowed");
  EXPECT_EQ(TextOf(tested.objects()[1], "verdict"), "DeniedByDefault");
  EXPECT_EQ(TextOf(tested.objects()[2], "verdict"), "Allowed");
  EXPECT_EQ(TextOf(tested.objects()[3], "verdict"), "DeniedByDefault");
}

TEST(SrpToAppLocker, SaysWhereTheTwoDifferAndWhy) {
  const Folder folder;
  const std::string reg =
      folder.Write("a.reg", std::string(kIdentifiers) + PathRule("262144", "1", "mal*"));
  const std::string facts = folder.Write("facts", Fact("C:\\malx\\malx") + Fact("C:\\x\\malx"));
  const Ran ran = RunCli({"srp", "to-applocker", reg, "-o", folder / "out.xml", "--facts", facts});
  EXPECT_EQ(ran.status, ExitStatus::kFound) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("inexact"));
  EXPECT_THAT(ran.out, HasSubstr("DIFFERS C:\\malx\\malx: Allowed before"));
  EXPECT_THAT(ran.out, Not(HasSubstr("DIFFERS C:\\x\\malx")));
  EXPECT_THAT(ran.out, HasSubstr("2 files judged by both, 1 differ"));

  const Ran json = RunCli(
      {"srp", "to-applocker", reg, "-o", folder / "out.xml", "--facts", facts, "--format", "json"});
  const auto objects = json.objects();
  ASSERT_GE(objects.size(), 4U);
  EXPECT_EQ(TextOf(objects[0], "about"), "output");
  EXPECT_EQ(TextOf(objects[0], "inexact"), "1");
  EXPECT_EQ(TextOf(objects[1], "about"), "rule");
  EXPECT_EQ(TextOf(objects[1], "equality"), "inexact");
  EXPECT_EQ(TextOf(objects[objects.size() - 2], "about"), "file");
  EXPECT_EQ(TextOf(objects[objects.size() - 2], "path"), "C:\\malx\\malx");
  EXPECT_EQ(TextOf(objects.back(), "differ"), "1");
}

TEST(SrpToAppLocker, WritesThePathsOfWindowsAlone) {
  const Folder folder;
  const std::string reg =
      folder.Write("a.reg", std::string(kIdentifiers) + PathRule("262144", "1", "%TEMP%"));
  const Ran host = RunCli({"srp", "to-applocker", reg, "-o", "-"});
  EXPECT_EQ(host.status, ExitStatus::kDone) << host.err;
  EXPECT_THAT(host.out, HasSubstr("/var/tmp/*"));
  const Ran windows =
      RunCli({"srp", "to-applocker", reg, "--for", "windows", "--audit", "-o", "-"});
  EXPECT_THAT(windows.out, Not(HasSubstr("/var/tmp")));
  EXPECT_THAT(windows.out, HasSubstr("C:\\Users\\*\\AppData\\Local\\Temp\\*"));
  EXPECT_THAT(windows.out, HasSubstr("AuditOnly"));
}

TEST(SrpToAppLocker, RefusesWhatHoldsNoPolicy) {
  const Folder folder;
  const std::string reg = folder.Write("a.reg", "Windows Registry Editor Version 5.00\r\n");
  const Ran ran = RunCli({"srp", "to-applocker", reg, "-o", folder / "out.xml"});
  EXPECT_EQ(ran.status, ExitStatus::kFailed);
  EXPECT_THAT(ran.err, HasSubstr("no policy of Software Restriction Policies"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.xml"));
}

}  // namespace
}  // namespace portcullis::cli
