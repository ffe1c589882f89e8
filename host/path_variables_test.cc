// SPDX-License-Identifier: Apache-2.0
#include "host/path_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portcullis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Expand(const HostConfig& config, std::string_view text) {
  return PathEnvironment(config).Expand(text).paths;
}
std::vector<std::string> Expand(std::string_view text) {
  return Expand(HostConfig::Default(), text);
}

TEST(PathVariables, FollowTheMacroTable) {
  EXPECT_THAT(Expand("%windir%\\x"), ElementsAre("/usr\\x", "C:\\Windows\\x"));
  EXPECT_THAT(Expand("%ProgramFiles%\\A"),
              ElementsAre("/opt\\A", "/usr/local\\A", "C:\\Program Files\\A"));
  EXPECT_THAT(Expand("%ProgramFiles(x86)%\\A"),
              ElementsAre("/opt\\A", "/usr/local\\A", "C:\\Program Files (x86)\\A"));
  EXPECT_THAT(Expand("%CommonProgramFiles%"), ElementsAre("C:\\Program Files\\Common Files"));
  EXPECT_THAT(Expand("%SystemDrive%\\x"), ElementsAre("/x", "C:\\x"));
  EXPECT_THAT(Expand("%SystemDrive%"), ElementsAre("/", "C:"));
  HostConfig config = HostConfig::Default();
  config.macros[1] = {"%WINDIR%", {"/system"}, {}};
  EXPECT_THAT(Expand(config, "%SystemRoot%"), ElementsAre("/system"));
}

TEST(PathVariables, HoldTheRegistryValuesOfTheDefaultRules) {
  EXPECT_THAT(
      Expand("%HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SystemRoot%"),
      ElementsAre("/usr", "C:\\Windows"));
  EXPECT_THAT(
      Expand("%HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\ProgramFilesDir%"),
      Contains("C:\\Program Files"));
  EXPECT_THAT(Expand("%HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\"
                     "ProgramFilesDir (x86)%\\*"),
              Contains("C:\\Program Files (x86)\\*"));
}

TEST(PathVariables, OfAUserAreThoseOfEveryUser) {
  EXPECT_THAT(Expand("%UserProfile%"), ElementsAre("/home/*", "/root", "C:\\Users\\*"));
  EXPECT_THAT(Expand("%temp%\\x.exe"), Contains("/tmp\\x.exe"));
}

TEST(PathVariables, AreGivenByTheConfiguration) {
  const auto config = HostConfig::Parse(
      "%userprofile% = /u/*\n%UserProfile% = D:\\Users\\*\n%TEMP% =\n"
      "%HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme\\Install Dir (x86)% = /opt/acme\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(Expand(*config, "%USERPROFILE%"), ElementsAre("/u/*", "D:\\Users\\*"));
  EXPECT_THAT(Expand(*config, "%TEMP%"), IsEmpty());
  EXPECT_THAT(Expand(*config, "%HKLM\\Software\\Acme\\Install Dir (x86)%\\bin"),
              ElementsAre("/opt/acme\\bin"));
  EXPECT_THAT(Expand(*config, "%TMP%\\x"), Contains("/tmp\\x")) << "what is not named keeps it";
}

TEST(PathVariables, AreKnownByName) {
  for (const char* line : {"%NOWHERE% = /x", "%% = /x", "% = /x", "%TEMP = /x", "%HKLM% = /x"}) {
    const auto refused = HostConfig::Parse(line);
    ASSERT_FALSE(refused) << line;
    EXPECT_THAT(refused.error().message, HasSubstr("line 1: no macro"));
  }
}

}  // namespace
}  // namespace portcullis
