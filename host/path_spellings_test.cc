// SPDX-License-Identifier: Apache-2.0
#include "host/path_spellings.h"

namespace portcullis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Texts(const std::vector<PathSpelling>& spellings) {
  std::vector<std::string> texts;
  for (const PathSpelling& spelling : spellings) {
    texts.push_back((spelling.verified ? "" : "claimed ") + spelling.text);
  }
  return texts;
}

constexpr std::string_view kMountInfo =
    "1 1 8:1 / / rw - ext4 /dev/none rw\n"
    "2 1 0:9 / /mnt/share rw - nfs server:/x rw\n"
    "3 1 0:8 / /mnt/stick rw - vfat none rw\n";

PathSpeller Speller(std::vector<TreeMapping> mappings = {}) {
  const HostConfig config = HostConfig::Default();
  return {config,
          MountTable::Parse(kMountInfo, config.network_file_systems, BlockDevices("/nowhere")),
          std::move(mappings)};
}

TEST(PathSpeller, SpellsAFileOfThisHostByEveryMacroAboveIt) {
  const PathSpeller speller = Speller();
  EXPECT_THAT(
      Texts(speller.ForDirectory("/usr/bin").Of("ls")),
      ElementsAre("/usr/bin/ls", "%SYSTEM32%/ls", "%WINDIR%/bin/ls", "%OSDRIVE%/usr/bin/ls"));
  EXPECT_THAT(Texts(speller.ForDirectory("/usr/local/bin").Of("x")),
              ElementsAre("/usr/local/bin/x", "%WINDIR%/local/bin/x", "%PROGRAMFILES%/bin/x",
                          "%OSDRIVE%/usr/local/bin/x"));
  EXPECT_THAT(Texts(speller.ForDirectory("").Of("init")), ElementsAre("/init", "%OSDRIVE%/init"));
}

TEST(PathSpeller, StopsAtTheEndOfAComponent) {
  const PathSpeller speller = Speller();
  EXPECT_THAT(Texts(speller.ForDirectory("/usrx").Of("a")),
              ElementsAre("/usrx/a", "%OSDRIVE%/usrx/a"));
  EXPECT_THAT(Texts(speller.ForDirectory("/usr/bin2").Of("a")),
              Not(Contains(HasSubstr("%SYSTEM32%"))));
}

TEST(PathSpeller, LeavesTheSystemDriveOffNetworkMedia) {
  EXPECT_THAT(Texts(Speller().ForDirectory("/mnt/share/d").Of("a")), ElementsAre("/mnt/share/d/a"));
}

TEST(PathSpeller, SpellsRemovableMediaFromTheirRoot) {
  const HostConfig config = HostConfig::Default();
  MountTable mounts = MountTable::Parse(kMountInfo, {}, BlockDevices("/nowhere"));
  // The table is immutable for everyone else; a fake sysfs is in mount_table_test.cc.
  auto& stick = const_cast<Mount&>(*mounts.Find("/mnt/stick/x"));
  stick.medium = {true, true};
  const PathSpeller speller(config, std::move(mounts), {});
  EXPECT_THAT(Texts(speller.ForDirectory("/mnt/stick/d").Of("a.exe")),
              ElementsAre("/mnt/stick/d/a.exe", "%REMOVABLE%/d/a.exe", "%HOT%/d/a.exe"));
  EXPECT_THAT(Texts(speller.ForDirectory("/mnt/stick").Of("a.exe")), Contains("%REMOVABLE%/a.exe"));
}

TEST(PathSpeller, ComparesCaseAsTheFileSystemDoes) {
  const PathSpeller speller = Speller();
  EXPECT_TRUE(speller.ForDirectory("/usr").Of("a")[0].case_sensitive);
  EXPECT_FALSE(speller.ForDirectory("/usr", DirectoryCase::kIgnored).Of("a")[0].case_sensitive);
  EXPECT_FALSE(speller.ForDirectory("/mnt/stick").Of("a")[0].case_sensitive);
}

TEST(PathSpeller, SpellsWindowsPathsByEveryMacroAboveThem) {
  const struct {
    std::string_view path;
    std::vector<std::string> spellings;
  } rows[] = {
      {"C:\\Windows\\System32\\calc.exe",
       {"C:\\Windows\\System32\\calc.exe", "%SYSTEM32%\\calc.exe", "%WINDIR%\\System32\\calc.exe",
        "%OSDRIVE%\\Windows\\System32\\calc.exe"}},
      {"c:\\WINDOWS\\syswow64\\a.dll",
       {"c:\\WINDOWS\\syswow64\\a.dll", "%SYSTEM32%\\a.dll", "%WINDIR%\\syswow64\\a.dll",
        "%OSDRIVE%\\WINDOWS\\syswow64\\a.dll"}},
      {"C:\\Program Files (x86)\\A\\a.exe",
       {"C:\\Program Files (x86)\\A\\a.exe", "%PROGRAMFILES%\\A\\a.exe",
        "%OSDRIVE%\\Program Files (x86)\\A\\a.exe"}},
      {"C:\\Program Files2\\a.exe",
       {"C:\\Program Files2\\a.exe", "%OSDRIVE%\\Program Files2\\a.exe"}},
      {"D:\\a.exe", {"D:\\a.exe"}},
      {"\\\\server\\share\\a.exe", {"\\\\server\\share\\a.exe"}},
      {"\\\\?\\C:\\x\\a.exe", {"C:\\x\\a.exe", "%OSDRIVE%\\x\\a.exe"}},
      {"\\\\?\\UNC\\server\\share\\a.exe", {"\\\\server\\share\\a.exe"}},
      {"%WINDIR%\\notepad.exe",
       {"%WINDIR%\\notepad.exe", "C:\\Windows\\notepad.exe", "%OSDRIVE%\\Windows\\notepad.exe"}},
      {"%osdrive%\\a.exe", {"%OSDRIVE%\\a.exe", "C:\\a.exe"}},
      {"%HOT%\\a.exe", {"%HOT%\\a.exe"}},
      {"/usr/bin/ls", {"/usr/bin/ls", "%SYSTEM32%/ls", "%WINDIR%/bin/ls", "%OSDRIVE%/usr/bin/ls"}},
      {"setup.exe", {"setup.exe"}},
      {"/?\?/x", {"/?\?/x", "%OSDRIVE%/?\?/x"}},
      {"\\\\?\\", {"\\\\?"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Texts(Speller().ForText(row.path)), row.spellings) << row.path;
  }
}

TEST(PathSpeller, OnlyClaimsTheFurtherDirectoriesOfAMacro) {
  const auto texts = Texts(Speller().ForText("%SYSTEM32%\\calc.exe"));
  EXPECT_THAT(texts, Contains("C:\\Windows\\System32\\calc.exe"));
  EXPECT_THAT(texts, Contains("claimed C:\\Windows\\SysWOW64\\calc.exe"));
  EXPECT_THAT(texts, Contains("%WINDIR%\\System32\\calc.exe"));
}

TEST(PathSpeller, CutsByCharactersWhereCaseChangesTheLengthInBytes) {
  // U+0250 has its capital outside the two-byte range: C:\ɐ and C:\Ɐ differ in length.
  auto config = HostConfig::Parse("%WINDIR% = C:\\\u0250\n%OSDRIVE% =\n%SYSTEM32% =\n");
  ASSERT_TRUE(config);
  const PathSpeller speller(*config, MountTable(), {});
  EXPECT_THAT(Texts(speller.ForText("C:\\\u2C6F\\a.exe")),
              ElementsAre("C:\\\u2C6F\\a.exe", "%WINDIR%\\a.exe"));
}

TEST(PathSpeller, SpellsAMappedTreeAsWindowsWould) {
  const PathSpeller speller = Speller({{"/image", "C:"}, {"/image/net", "\\\\server\\share"}});
  EXPECT_THAT(Texts(speller.ForDirectory("/image/Windows/System32").Of("a.exe")),
              ElementsAre("C:\\Windows\\System32\\a.exe", "%SYSTEM32%\\a.exe",
                          "%WINDIR%\\System32\\a.exe", "%OSDRIVE%\\Windows\\System32\\a.exe"));
  EXPECT_THAT(Texts(speller.ForDirectory("/image").Of("a.exe")),
              ElementsAre("C:\\a.exe", "%OSDRIVE%\\a.exe"));
  EXPECT_THAT(Texts(speller.ForDirectory("/image/net/d").Of("a.exe")),
              ElementsAre("\\\\server\\share\\d\\a.exe"));
  EXPECT_FALSE(speller.ForDirectory("/image").Of("a.exe")[0].case_sensitive);
}

TEST(PathSpeller, NeverVerifiesABackslashInANameAsASeparator) {
  const PathSpeller speller = Speller({{"/image", "C:"}});
  EXPECT_THAT(Texts(speller.ForDirectory("/image").Of("Windows\\a.exe")),
              ElementsAre("claimed C:\\Windows\\a.exe", "claimed %OSDRIVE%\\Windows\\a.exe"));
  EXPECT_THAT(Texts(speller.ForDirectory("/image/Windows\\System32").Of("a.exe")),
              Contains("claimed %SYSTEM32%\\a.exe"));
  EXPECT_THAT(Texts(Speller().ForDirectory("/tmp").Of("usr\\bin\\x")),
              ElementsAre("/tmp/usr\\bin\\x", "%OSDRIVE%/tmp/usr\\bin\\x"));
}

TEST(TreeMapping, TakesTheLastEqualsSignBeforeAWindowsPath) {
  const struct {
    std::string_view text;
    std::string_view directory;
    std::string_view windows;
  } rows[] = {
      {"./image=C:", "./image", "C:"},
      {"./image=C:\\", "./image", "C:"},
      {"a=b=D:/x/", "a=b", "D:\\x"},
      {"d=\\\\server\\share", "d", "\\\\server\\share"},
      {"d=%PROGRAMFILES%\\x", "d", "%PROGRAMFILES%\\x"},
      {"d=C:\\a=b", "d", "C:\\a=b"},
  };
  for (const auto& row : rows) {
    const auto mapping = TreeMapping::Parse(row.text);
    ASSERT_TRUE(mapping) << row.text;
    EXPECT_EQ(mapping->directory, row.directory) << row.text;
    EXPECT_EQ(mapping->windows_path, row.windows) << row.text;
  }
}

TEST(TreeMapping, RefusesWhatIsNoMapping) {
  for (const std::string_view text :
       {"", "=C:", "dir", "dir=", "dir=/usr", "dir=C", "C:", "d=\\\\\\"}) {
    const auto mapping = TreeMapping::Parse(text);
    ASSERT_FALSE(mapping) << text;
    EXPECT_EQ(mapping.error().code, ErrorCode::kMalformed) << text;
    EXPECT_THAT(mapping.error().message, HasSubstr("DIR=WINPATH")) << text;
  }
}

TEST(TreeMapping, ResolvesOnlyADirectory) {
  TreeMapping mapping{"/nowhere/at/all", "C:"};
  EXPECT_EQ(mapping.Resolve().error().code, ErrorCode::kIo);
  mapping.directory = "/proc/version";
  EXPECT_EQ(mapping.Resolve().error().code, ErrorCode::kUnsupported);
  mapping.directory = "/usr/../";
  ASSERT_TRUE(mapping.Resolve());
  EXPECT_EQ(mapping.directory, "");
}

TEST(PathSpeller, BringsTextIntoNormalFormBeforeSpellingIt) {
  const PathSpeller speller = Speller();
  const auto temp = Texts(speller.ForText("C:\\Windows\\Temp\\evil.exe"));
  for (const char* same :
       {"C:/Windows\\Temp\\evil.exe", "C:\\Windows\\Temp/evil.exe", "C:/Windows/Temp/evil.exe",
        "C:\\Windows\\\\Temp\\evil.exe", "C:\\Windows\\System32\\..\\Temp\\evil.exe"}) {
    EXPECT_EQ(Texts(speller.ForText(same)), temp) << same;
  }
  EXPECT_THAT(Texts(speller.ForText("C:\\Windows\\..\\evil.exe")),
              Not(Contains(HasSubstr("%WINDIR%"))));
  EXPECT_THAT(Texts(speller.ForText("/usr/bin/../../tmp/x")),
              ElementsAre("/tmp/x", "%OSDRIVE%/tmp/x"));
}

TEST(PathSpeller, OnlyClaimsWhereARelativePathMayStand) {
  EXPECT_THAT(Texts(Speller().ForText("image/evil.exe")),
              ElementsAre("image/evil.exe", "claimed /image/evil.exe"));
}

TEST(PathSpeller, ClaimsPathsOfAMappedTreeAsTheMappingHasThem) {
  const PathSpeller speller = Speller({{"/srv/image", "C:"}});
  EXPECT_THAT(Texts(speller.Claimed("/srv/image/Windows/Temp/x.exe")),
              Contains("claimed C:\\Windows\\Temp\\x.exe"));
  EXPECT_THAT(Texts(speller.Claimed("/home/u/.local/x")), Contains("claimed /home/u/.local/x"));
}

}  // namespace
}  // namespace portcullis
