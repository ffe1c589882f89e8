// SPDX-License-Identifier: Apache-2.0
#include "host/lexical_path.h"

namespace portcullis {
namespace {

struct Row {
  std::string_view path;
  std::string_view normal;
};

TEST(LexicalPath, GivesEachPlaceOfThisHostOneText) {
  constexpr Row kRows[] = {
      {"/usr/bin/ls", "/usr/bin/ls"},
      {"/usr//bin/./ls", "/usr/bin/ls"},
      {"/usr/bin/../../tmp/x", "/tmp/x"},
      {"/../x", "/x"},
      {"/home/u/.local/x", "/home/u/.local/x"},
      {"/a/..b/x", "/a/..b/x"},
      {"/a/b/", "/a/b"},
      {"/", "/"},
      {"/a\\..\\b", "/a\\..\\b"},
  };
  for (const Row& row : kRows) EXPECT_EQ(NormalizeHostPath(row.path), row.normal) << row.path;
}

TEST(LexicalPath, GivesEachPlaceOfWindowsOneText) {
  constexpr Row kRows[] = {
      {"C:\\Windows\\a.exe", "C:\\Windows\\a.exe"},
      {"C:/Windows\\Temp/a.exe", "C:\\Windows\\Temp\\a.exe"},
      {"C:\\Windows\\\\Temp\\a.exe", "C:\\Windows\\Temp\\a.exe"},
      {"C:\\Windows\\..\\a.exe", "C:\\a.exe"},
      {"C:\\..\\..\\a.exe", "C:\\a.exe"},
      {"C:", "C:"},
      {"\\\\server\\share\\x\\..\\a.exe", "\\\\server\\share\\a.exe"},
      {"%WINDIR%\\..\\a.exe", "%WINDIR%\\a.exe"},
      {"%WINDIR%\\.\\System32\\a.exe", "%WINDIR%\\System32\\a.exe"},
  };
  for (const Row& row : kRows) EXPECT_EQ(NormalizeWindowsPath(row.path), row.normal) << row.path;
}

TEST(LexicalPath, PutsTheWorkingDirectoryInFrontOfARelativePath) {
  EXPECT_EQ(AbsolutePath("/a/../b"), "/b");
  const std::string here = AbsolutePath(".");
  EXPECT_TRUE(here.starts_with('/'));
  EXPECT_EQ(AbsolutePath("x/./y"), here == "/" ? "/x/y" : here + "/x/y");
}

}  // namespace
}  // namespace portcullis
