// SPDX-License-Identifier: Apache-2.0
#include "policy/srp/migration/pattern.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace portcullis::srp::migration {
namespace {

PathPart Part(const std::string& text, PathForm form) {
  for (const PathPart& part : PartsOf(text, std::vector{text})) {
    if (part.how.form == form) return part;
  }
  ADD_FAILURE() << text << " has no such part";
  return {};
}
PathPart Folder(const std::string& text) { return Part(text, PathForm::kFolder); }
PathPart Mask(const std::string& text) { return Part(text, PathForm::kFileMask); }
PathPart File(const std::string& text) { return Part(text, PathForm::kFile); }
PathPart Name(const std::string& text) { return Part(text, PathForm::kName); }

using Texts = std::vector<std::string>;

TEST(MigrationParts, AreTheFileTheFolderOrTheName) {
  const std::string text = "d:\\P\\x.exe";
  const auto parts = PartsOf(text, std::vector{text});
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].how, (Specificity{PathForm::kFile, 0, 3}));
  EXPECT_EQ(parts[1].how, (Specificity{PathForm::kFolder, 3, 3}));
  EXPECT_EQ(parts[0].components, (Texts{"D:", "P", "x.exe"}));
  EXPECT_EQ(PartsOf("D:\\P\\", Texts{"D:\\P\\"}).size(), 1U);
  EXPECT_EQ(PartsOf("x.exe", Texts{"x.exe"}).front().how, (Specificity{PathForm::kName, 0, 1}));
}

TEST(MigrationParts, OverlapWhereAFileMayBeNamedByBoth) {
  EXPECT_TRUE(MayOverlap(Folder("C:\\A"), Folder("C:\\A\\B")));
  EXPECT_FALSE(MayOverlap(Folder("C:\\A"), Folder("C:\\B\\A")));
  EXPECT_TRUE(MayOverlap(Folder("C:\\A"), File("C:\\a\\x.exe")));
  EXPECT_FALSE(MayOverlap(Folder("C:\\A\\B"), File("C:\\A\\B")));
  EXPECT_TRUE(MayOverlap(Name("*.exe"), File("C:\\A\\x.EXE")));
  EXPECT_FALSE(MayOverlap(Name("*.exe"), File("C:\\A\\x.vbs")));
  EXPECT_TRUE(MayOverlap(Name("*.exe"), Folder("C:\\A")));
  EXPECT_TRUE(MayOverlap(Name("*.exe"), Name("x*")));
  EXPECT_FALSE(MayOverlap(Name("*.exe"), Name("*.vbs")));
  EXPECT_FALSE(MayOverlap(Mask("C:\\A\\*.exe"), Folder("C:\\A\\B")));
  EXPECT_TRUE(MayOverlap(Mask("C:\\A\\*.exe"), Mask("C:\\*\\x*")));
  EXPECT_FALSE(MayOverlap(Mask("C:\\A\\*.exe"), Mask("C:\\*\\B\\x*")));
}

TEST(MigrationParts, OverlapWhereAFileMayHavePathsOfTwoKinds) {
  EXPECT_TRUE(MayOverlap(Folder("/opt"), Folder("C:\\Tools")));
  EXPECT_TRUE(MayOverlap(Folder("\\\\server\\share"), Folder("C:\\Tools")));
  EXPECT_FALSE(MayOverlap(Folder("/opt"), Folder("/srv")));
}

void ExpectCondition(const PathPart& part, const std::string& text, const Texts& exceptions,
                     bool is_exact) {
  const Pattern pattern = ConditionOf(part);
  EXPECT_EQ(pattern.text, text);
  EXPECT_EQ(pattern.exceptions, exceptions) << text;
  EXPECT_EQ(pattern.is_exact, is_exact) << text;
}

TEST(MigrationConditions, ArePathsInWhichAStarCrossesSeparators) {
  ExpectCondition(File("C:\\P\\x.exe"), "C:\\P\\x.exe", {}, true);
  ExpectCondition(Folder("C:\\P"), "C:\\P\\*", {}, true);
  ExpectCondition(Folder("/opt/x"), "/opt/x/*", {}, true);
  ExpectCondition(Name("x.exe"), "*\\x.exe", {}, true);
  ExpectCondition(Name("*.vbs"), "*\\*.vbs", {}, true);
}

TEST(MigrationConditions, HoldAMaskToItsFolder) {
  ExpectCondition(Mask("D:\\P\\*.exe"), "D:\\P\\*.exe", {"D:\\P\\*\\*"}, true);
  ExpectCondition(Mask("D:\\*\\bin\\x"), "D:\\*\\bin\\x", {"D:\\*\\*\\*\\*"}, true);
  ExpectCondition(Mask("D:\\P\\*"), "D:\\P\\*", {"D:\\P\\*\\*"}, true);
  ExpectCondition(Mask("?:\\x.exe"), "?:\\x.exe", {"*\\*\\*"}, false);
}

TEST(MigrationConditions, LeaveOutWhereAWildcardWouldCross) {
  ExpectCondition(Folder("D:\\P\\*"), "D:\\P\\*\\*", {}, true);
  ExpectCondition(Folder("D:\\P\\a*"), "D:\\P\\a*\\*", {}, true);
  ExpectCondition(Folder("D:\\a?"), "D:\\a?\\*", {"D:\\a\\\\*"}, true);
  ExpectCondition(Folder("D:\\*\\bin"), "D:\\*\\bin\\*", {"D:\\*\\*\\bin\\*"}, false);
  ExpectCondition(Name("mal*"), "*\\mal*", {"*\\mal*\\*"}, false);
  ExpectCondition(Name("**mal*"), "*\\*mal*", {"*\\*mal*\\*"}, false);
  ExpectCondition(Name("a?.exe"), "*\\a?.exe", {"*\\a\\.exe"}, true);
}

TEST(MigrationExceptions, AreWideAndSayWhereTheyTakeMore) {
  EXPECT_TRUE(ExceptionOf(Folder("D:\\P")).is_exact);
  EXPECT_TRUE(ExceptionOf(Folder("D:\\P\\a*")).is_exact);
  EXPECT_FALSE(ExceptionOf(Folder("D:\\*\\bin")).is_exact);
  EXPECT_FALSE(ExceptionOf(Folder("D:\\a?")).is_exact);
  EXPECT_TRUE(ExceptionOf(Name("*.exe")).is_exact);
  EXPECT_FALSE(ExceptionOf(Name("mal*")).is_exact);
  EXPECT_EQ(ExceptionOf(Name("mal*")).text, "*\\mal*");
}

TEST(MigrationMasks, AreGivenBackWhatLiesDeeper) {
  const auto given = [](const PathPart& rule, const std::string& mask, bool ignore_case = false) {
    const Below below = BelowMask(rule, Mask(mask), ignore_case);
    if (!below.is_exact) return std::string("inexact");
    return below.given ? below.given->text : std::string();
  };
  EXPECT_EQ(given(Folder("D:\\"), "D:\\P\\*.exe"), "D:\\P\\*\\*");
  EXPECT_EQ(given(Folder("D:\\P"), "D:\\P\\*.exe"), "D:\\P\\*\\*");
  EXPECT_EQ(given(Folder("D:\\P\\Q"), "D:\\*\\Q\\a*\\*.exe"), "D:\\P\\Q\\*\\*\\*");
  EXPECT_EQ(given(Name("x.exe"), "D:\\P\\*.exe"), "D:\\P\\*\\x.exe");
  EXPECT_EQ(given(Name("*.exe"), "D:\\P\\a*"), "D:\\P\\*\\*.exe");
  EXPECT_EQ(given(Mask("D:\\*\\x.*"), "D:\\P\\*.exe"), "");
  EXPECT_EQ(given(Folder("/opt"), "D:\\P\\*.exe"), "inexact");
  EXPECT_EQ(given(Folder("D:\\*"), "D:\\P\\*\\*.exe"), "inexact");
  EXPECT_EQ(given(Folder("D:\\p"), "D:\\P\\*.exe"), "inexact");
  EXPECT_EQ(given(Folder("D:\\p"), "D:\\P\\*.exe", true), "D:\\P\\*\\*");
}

TEST(MigrationExamples, AreFilesThatTheTwoDifferOn) {
  const auto narrow = [](const PathPart& part) {
    return ExampleOfDifference(part, ConditionOf(part));
  };
  const auto wide = [](const PathPart& part) {
    return ExampleOfDifference(part, ExceptionOf(part));
  };
  EXPECT_EQ(narrow(Name("mal*")), "C:\\malx\\malx");
  EXPECT_EQ(wide(Name("mal*")), "C:\\malx\\x");
  EXPECT_EQ(narrow(Folder("D:\\*\\bin")), "D:\\x\\bin\\x\\bin\\x");
  EXPECT_EQ(wide(Folder("D:\\*\\bin")), "D:\\x\\x\\bin\\x");
  EXPECT_EQ(narrow(Folder("D:\\P")), "");
  EXPECT_EQ(wide(Mask("D:\\P\\*.exe")), "D:\\P\\x.exe\\x.exe");
}

}  // namespace
}  // namespace portcullis::srp::migration
