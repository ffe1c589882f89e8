// SPDX-License-Identifier: Apache-2.0
// What a path rule matches: the examples of reference 10.4, and the corners around them. Both
// engines are asked each time.
#include "policy/srp/path_rule.h"

#include <gtest/gtest.h>

#include <optional>

#include "policy/srp/reference.h"
#include "tests/support/srp_policies.h"

namespace portcullis::srp {
namespace {

std::optional<Specificity> Match(std::string_view rule, const PathSpelling& spelling) {
  const PathAttribute path = NormalizePath(spelling);
  const auto match = PathRule(rule).Match(path);
  EXPECT_EQ(match, reference::MatchPath(rule, path)) << rule << " and " << spelling.text;
  return match;
}
std::optional<Specificity> Match(std::string_view rule, std::string_view path) {
  return Match(rule, PathSpelling{std::string(path)});
}
std::optional<PathForm> Form(std::string_view rule, std::string_view path) {
  const auto match = Match(rule, path);
  return match ? std::optional(match->form) : std::nullopt;
}

TEST(SrpPathRule, OfAFolderCoversTheFolderAndAllBelow) {
  for (const char* rule : {"C:\\Windows", "c:\\windows\\", "C:\\WINDOWS"}) {
    EXPECT_EQ(Form(rule, "C:\\Windows\\x.exe"), PathForm::kFolder) << rule;
    EXPECT_EQ(Form(rule, "C:\\Windows\\System32\\x.exe"), PathForm::kFolder) << rule;
    EXPECT_FALSE(Form(rule, "C:\\Windows2\\x.exe")) << rule;
    EXPECT_FALSE(Form(rule, "C:\\x.exe")) << rule;
    EXPECT_FALSE(Form(rule, "D:\\Windows\\x.exe")) << rule;
  }
  EXPECT_EQ(Match("C:\\A", "C:\\A\\B\\x.exe")->depth, 2U);
  EXPECT_EQ(Match("C:\\A\\B\\", "C:\\A\\B\\x.exe")->depth, 3U);
}

TEST(SrpPathRule, WildcardsDoNotCrossASeparator) {
  EXPECT_EQ(Form("D:\\P\\*.exe", "D:\\P\\a.exe"), PathForm::kFileMask);
  EXPECT_FALSE(Form("D:\\P\\*.exe", "D:\\P\\s\\a.exe"));
  EXPECT_EQ(Form("D:\\P\\*\\*.exe", "D:\\P\\s\\a.exe"), PathForm::kFileMask);
  EXPECT_FALSE(Form("D:\\P\\*\\*.exe", "D:\\P\\a.exe"));
  EXPECT_FALSE(Form("D:\\P\\*\\*.exe", "D:\\P\\s\\t\\a.exe"));
}

TEST(SrpPathRule, AStarAloneIsAFolderOrAFile) {
  EXPECT_EQ(Form("D:\\P\\*", "D:\\P\\a.exe"), PathForm::kFileMask);
  EXPECT_EQ(Form("D:\\P\\*", "D:\\P\\s\\t\\a.exe"), PathForm::kFolder);
  EXPECT_FALSE(Form("D:\\P\\*", "D:\\Q\\a.exe"));
}

TEST(SrpPathRule, WithASeparatorAtItsEndNamesFoldersAlone) {
  EXPECT_FALSE(Form("D:\\P\\*\\", "D:\\P\\a.exe"));
  EXPECT_EQ(Form("D:\\P\\*\\", "D:\\P\\s\\a.exe"), PathForm::kFolder);
  EXPECT_EQ(Form("D:\\P\\*\\", "D:\\P\\s\\t\\u\\a.exe"), PathForm::kFolder);
  EXPECT_FALSE(Form("C:\\x.exe\\", "C:\\x.exe"));
}

TEST(SrpPathRule, HasWildcardsInEveryComponent) {
  constexpr std::string_view kRule = "C:\\U\\*\\One\\??.?\\*.exe";
  EXPECT_EQ(Form(kRule, "C:\\U\\ann\\One\\17.3\\x.exe"), PathForm::kFileMask);
  EXPECT_FALSE(Form(kRule, "C:\\U\\ann\\One\\17.33\\x.exe"));
  EXPECT_FALSE(Form(kRule, "C:\\U\\ann\\b\\One\\17.3\\x.exe"));
  EXPECT_FALSE(Form(kRule, "C:\\U\\ann\\One\\17.3\\x.dll"));
}

TEST(SrpPathRule, WithoutASeparatorIsAboutTheNameAlone) {
  EXPECT_EQ(Form("regedit.exe", "C:\\Windows\\REGEDIT.EXE"), PathForm::kName);
  EXPECT_FALSE(Form("regedit.exe", "C:\\regedit.exe\\x.exe"));
  EXPECT_EQ(Form("*.vbs", "\\\\server\\share\\a.b.vbs"), PathForm::kName);
  EXPECT_EQ(Form("*malware*", "E:\\the-malware-2.exe"), PathForm::kName);
  EXPECT_FALSE(Form("*malware*", "E:\\malware\\x.exe"));
  EXPECT_EQ(Form("*", "E:\\x"), PathForm::kName);
}

TEST(SrpPathRule, OfAWholePathIsTheMostSpecific) {
  EXPECT_EQ(Form("C:\\M\\malware.exe", "c:\\m\\MALWARE.EXE"), PathForm::kFile);
  EXPECT_FALSE(Form("C:\\M\\malware.exe", "C:\\M\\malware.exe2"));
}

TEST(SrpPathRule, AFileIsAFolderToItsRuleAsHardeningToolsRelyOn) {
  EXPECT_EQ(Form("*.LNK\\*", "a.lnk\\x"), PathForm::kFileMask);
}

TEST(SrpPathRule, KnowsServers) {
  EXPECT_EQ(Form("\\\\server\\share", "\\\\SERVER\\share\\a\\x.exe"), PathForm::kFolder);
  EXPECT_EQ(Form("\\\\server\\*\\x.exe", "\\\\server\\share\\x.exe"), PathForm::kFileMask);
  EXPECT_FALSE(Form("\\\\server\\share", "\\\\server\\other\\x.exe"));
}

TEST(SrpPathRule, ReadsBothSeparatorsAgainstAPathOfThisHost) {
  const PathSpelling tool{"/opt/tools/run", true, true};
  for (const char* rule : {"/opt/tools", "\\opt\\tools\\", "/opt/*/"}) {
    EXPECT_EQ(Match(rule, tool)->form, PathForm::kFolder) << rule;
  }
  EXPECT_EQ(Match("/opt/tools/run", tool)->form, PathForm::kFile);
  EXPECT_EQ(Match("/", tool), (Specificity{PathForm::kFolder, 1, 1}));
  EXPECT_FALSE(Match("/OPT/tools", tool)) << "names of this host have case";
  EXPECT_TRUE(Match("/OPT/tools", {"/opt/tools/run", true, false}));
  // A backslash in a name separates nothing, and no rule can write it.
  const PathSpelling odd{"/tmp/opt\\tools\\run", true, true};
  EXPECT_FALSE(Match("*\\tools\\run", odd));
  EXPECT_FALSE(Match("/tmp/opt", odd));
  EXPECT_EQ(Match("/tmp/*", odd)->form, PathForm::kFileMask);
}

TEST(SrpPathRule, LooksAtNoSpellingThatIsAppLockersMacro) {
  EXPECT_FALSE(Form("%OSDRIVE%\\x.exe", "%OSDRIVE%\\x.exe"));
  EXPECT_EQ(Form("x.exe", "%OSDRIVE%\\x.exe"), PathForm::kName);
}

TEST(SrpPathRule, CountsTheComponentsBeforeTheFirstWildcard) {
  EXPECT_EQ(Match("C:\\A\\*\\x.exe", "C:\\A\\B\\x.exe")->literals, 2U);
  EXPECT_EQ(Match("C:\\*\\B\\x.exe", "C:\\A\\B\\x.exe")->literals, 1U);
  EXPECT_EQ(Match("x.exe", "C:\\x.exe")->literals, 1U);
  EXPECT_EQ(Match("*.exe", "C:\\x.exe")->literals, 0U);
}

}  // namespace
}  // namespace portcullis::srp
