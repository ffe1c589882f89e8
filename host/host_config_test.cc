// SPDX-License-Identifier: Apache-2.0
#include "host/host_config.h"

#include <fmt/core.h>

#include <fstream>
#include <sstream>

namespace portcullis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(HostConfig, KeepsTheDefaultsOfWhatTheTextDoesNotName) {
  const auto config = HostConfig::Parse("# nothing but a comment\n\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(*config, HostConfig::Default());
}

TEST(HostConfig, ReplacesAMacroThatTheTextNames) {
  const auto config = HostConfig::Parse(
      "%windir% = /system/\n"
      "%WINDIR% = D:\\Windows\\\r\n"
      "  %WINDIR% = /vendor  \n");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->Find("%WINDIR%")->directories, ElementsAre("/system", "/vendor"));
  EXPECT_THAT(config->Find("%WINDIR%")->windows, ElementsAre("D:\\Windows"));
  EXPECT_EQ(*config->Find("%SYSTEM32%"), *HostConfig::Default().Find("%SYSTEM32%"));
}

TEST(HostConfig, EmptiesAMacroByNothing) {
  const auto config = HostConfig::Parse("%OSDRIVE% =\n");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->Find("%OSDRIVE%")->directories, IsEmpty());
  EXPECT_THAT(config->Find("%OSDRIVE%")->windows, IsEmpty());
}

TEST(HostConfig, ReadsTheRootAsADirectory) {
  const auto config = HostConfig::Parse("%WINDIR% = /\n");
  ASSERT_TRUE(config);
  EXPECT_THAT(config->Find("%WINDIR%")->directories, ElementsAre(""));
}

TEST(HostConfig, ReadsSettings) {
  const auto config = HostConfig::Parse(
      "administrators = elevated-only\nadministrator-group = adm\nadministrator-group = ops\n"
      "first-user-id = 500\nnobody-id = 99\nnetwork-file-system = nfs\n");
  ASSERT_TRUE(config);
  EXPECT_EQ(config->administrators, AdministratorView::kElevatedOnly);
  EXPECT_THAT(config->administrator_groups, ElementsAre("adm", "ops"));
  EXPECT_EQ(config->first_user_id, 500U);
  EXPECT_EQ(config->nobody_id, 99U);
  EXPECT_THAT(config->network_file_systems, ElementsAre("nfs"));
}

TEST(HostConfig, RefusesWhatItDoesNotKnowAndSaysWhere) {
  const struct {
    std::string text;
    std::string word;
  } rows[] = {
      {"%WINDIR% = /usr\n%WINDR% = /usr\n", "line 2: no macro %WINDR%"},
      {"colour = red\n", "line 1: no setting colour"},
      {"just words\n", "NAME = VALUE"},
      {"%WINDIR% = \\\\\\\n", "neither"},
      {"%WINDIR% = usr\n", "neither an absolute directory nor a Windows path"},
      {"%WINDIR% = %OSDRIVE%\\x\n", "neither"},
      {"administrators = sometimes\n", "linked and elevated-only"},
      {"administrators = linked\nadministrators = linked\n", "second time"},
      {"first-user-id = -1\n", "not a number"},
      {"first-user-id = 4294967296\n", "not a number"},
      {"= x\n", "no setting"},
      {std::string("%WINDIR% = /a\0b\n", 15), "NUL"},
  };
  for (const auto& row : rows) {
    const auto config = HostConfig::Parse(row.text);
    ASSERT_FALSE(config) << row.text;
    EXPECT_EQ(config.error().code, ErrorCode::kMalformed) << row.text;
    EXPECT_THAT(config.error().message, HasSubstr(row.word)) << row.text;
  }
}

TEST(HostConfig, RefusesMoreThanItsLimits) {
  std::string values;
  for (size_t i = 0; i <= kMaxConfigValues; ++i) values += fmt::format("%HOT% = /m{}\n", i);
  for (const std::string& text :
       {values, std::string(kMaxConfigLine + 1, '#'), std::string(kMaxConfigBytes + 1, '\n')}) {
    const auto config = HostConfig::Parse(text);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().code, ErrorCode::kLimitExceeded);
  }
}

TEST(HostConfig, ShippedFileSaysTheDefaults) {
  std::ifstream file("share/host.conf");
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_FALSE(text.str().empty());
  const auto config = HostConfig::Parse(text.str());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, HostConfig::Default());
}

TEST(IsWindowsPath, TellsWindowsFromThisHost) {
  for (const std::string_view path :
       {"C:", "c:\\x", "C:/x", "\\\\server\\share", "%WINDIR%", "%OSDRIVE%\\x", "\\\\?\\C:\\x"}) {
    EXPECT_TRUE(IsWindowsPath(path)) << path;
  }
  for (const std::string_view path : {"", "/usr", "C", "C:x", "1:\\x", "\\\\", "\\\\\\", "\\\\/",
                                      "\\x", "%%", "%x", "%WINDIR%/bin", "tool.exe"}) {
    EXPECT_FALSE(IsWindowsPath(path)) << path;
  }
}

}  // namespace
}  // namespace portcullis
