// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "tests/support/srp_policies.h"

namespace portcullis::srp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SrpEnvironment, ExpandsVariablesWhateverTheirCase) {
  Environment environment;
  environment.Set("WinDir", {"C:\\Windows"});
  EXPECT_THAT(environment.Expand("%windir%\\x.exe").paths, ElementsAre("C:\\Windows\\x.exe"));
  EXPECT_THAT(environment.Expand("\"%WINDIR%\\x\"").paths, ElementsAre("C:\\Windows\\x"));
  EXPECT_THAT(environment.Expand("C:\\x").paths, ElementsAre("C:\\x"));
}

TEST(SrpEnvironment, ExpandsRegistryValuesWithWhatFollowsThem) {
  constexpr const char* kRoot =
      "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\SystemRoot";
  Environment environment;
  environment.Set(kRoot, {"C:\\Windows"});
  environment.Set("HKLM\\SOFTWARE\\A\\ProgramFilesDir (x86)", {"C:\\Program Files (x86)\\"});
  environment.Set("HKEY_CURRENT_USER\\Software\\Cache", {"C:\\Users\\ann\\Cache\\"});
  const auto expand = [&](const std::string& text) { return environment.Expand(text).paths; };
  EXPECT_THAT(expand(std::string("%") + kRoot + "%"), ElementsAre("C:\\Windows"));
  EXPECT_THAT(expand(std::string("%") + kRoot + "%\\*.exe"), ElementsAre("C:\\Windows\\*.exe"));
  EXPECT_THAT(expand("%HKEY_LOCAL_MACHINE\\software\\a\\programfilesdir (X86)%\\x"),
              ElementsAre("C:\\Program Files (x86)\\x"));
  EXPECT_THAT(expand("%HKCU\\Software\\Cache%OLK*"), ElementsAre("C:\\Users\\ann\\Cache\\OLK*"));
}

TEST(SrpEnvironment, TakesValuesFromRegistryEntries) {
  const auto text = [](std::string_view value) {
    std::vector<uint8_t> data;
    for (const char c : value) data.insert(data.end(), {static_cast<uint8_t>(c), 0});
    return data;
  };
  const std::vector<registry::Entry> entries = {
      {"HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme", "Home", registry::Type::kSz, text("D:\\Acme")},
      {"HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme", "Bin", registry::Type::kExpandSz,
       text("%SystemDrive%\\bin")},
      {"HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme", "Count", registry::Type::kDword, {1, 0, 0, 0}}};
  Environment environment;
  environment.Set("SystemDrive", {"C:"});
  environment.AddRegistry(entries);
  EXPECT_THAT(environment.Expand("%HKLM\\Software\\Acme\\Home%\\x").paths,
              ElementsAre("D:\\Acme\\x"));
  EXPECT_THAT(environment.Expand("%HKLM\\Software\\Acme\\Bin%").paths, ElementsAre("C:\\bin"));
  EXPECT_THAT(environment.Expand("%HKLM\\Software\\Acme\\Count%").unknown,
              ElementsAre("HKLM\\Software\\Acme\\Count"));
}

TEST(SrpEnvironment, LeavesWhatItDoesNotKnowAndSaysSo) {
  Environment environment;
  environment.Set("b", {"B"});
  const Expansion expansion = environment.Expand("%a%b%\\50%");
  EXPECT_THAT(expansion.paths, ElementsAre("%aB\\50%"));
  EXPECT_THAT(expansion.unknown, ElementsAre("a"));
  EXPECT_THAT(environment.Expand("100%%").unknown, IsEmpty());
}

TEST(SrpEnvironment, MakesOnePathForEachValue) {
  Environment environment;
  environment.Set("programfiles", {"/opt", "/usr/local"});
  environment.Set("x", {"1", "2"});
  EXPECT_THAT(environment.Expand("%ProgramFiles%\\%x%").paths,
              ElementsAre("/opt\\1", "/opt\\2", "/usr/local\\1", "/usr/local\\2"));
  environment.Set("none", {});
  EXPECT_THAT(environment.Expand("%none%\\a").paths, IsEmpty());
}

TEST(SrpEnvironment, ExpandsNoMoreThanItsLimit) {
  Environment environment;
  environment.Set("x", {"1", "2"});
  std::string text;
  for (size_t i = 0; i < 6; ++i) text += "%x%";
  Expansion expansion = environment.Expand(text);
  EXPECT_THAT(expansion.paths, SizeIs(kMaxExpansions));
  EXPECT_FALSE(expansion.is_cut);
  expansion = environment.Expand(text + "%x%");
  EXPECT_LE(expansion.paths.size(), kMaxExpansions);
  EXPECT_TRUE(expansion.is_cut);
}

TEST(SrpEnvironment, ReplacesNoMoreNamesThanItsLimit) {
  Environment environment;
  environment.Set("x", {"1"});
  std::string text;
  for (size_t i = 0; i < kMaxExpansionSteps; ++i) text += "%x%";
  EXPECT_THAT(environment.Expand(text).paths, ElementsAre(std::string(kMaxExpansionSteps, '1')));
  EXPECT_TRUE(environment.Expand(text + "%x%").is_cut);
}

TEST(SrpEnvironment, EndsWhereValuesStandForEachOther) {
  Environment environment;
  environment.Set("a", {"%b%"});
  environment.Set("b", {"%a%"});
  const Expansion expansion = environment.Expand("%a%");
  EXPECT_TRUE(expansion.is_cut);
  EXPECT_THAT(expansion.paths, SizeIs(1));
  environment.Set("c1", {"%c2%"});
  environment.Set("c2", {"%c3%"});
  environment.Set("c3", {"%c4%"});
  environment.Set("c4", {"end"});
  environment.Set("c0", {"%c1%"});
  EXPECT_THAT(environment.Expand("%c1%\\%c1%").paths, ElementsAre("end\\end"));
  EXPECT_TRUE(environment.Expand("%c0%").is_cut) << kMaxExpansionDepth;
}

TEST(SrpEnvironment, ARuleWithoutAValueIsDoubtful) {
  const testing::SrpQuestions asked(testing::SrpPolicyOf(
      Level::kDisallowed, {testing::AllowPath("%nowhere%\\x"), testing::AllowPath("C:\\x")}));
  ASSERT_THAT(asked.compiled().doubts(), SizeIs(1));
  EXPECT_EQ(asked.compiled().doubts()[0].rule, asked.compiled().policies()[0].rules.data());
  EXPECT_EQ(asked.compiled().doubts()[0].sentence, "nothing is known to stand for %nowhere%");
}

}  // namespace
}  // namespace portcullis::srp
