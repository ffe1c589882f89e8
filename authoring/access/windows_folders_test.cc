// SPDX-License-Identifier: Apache-2.0
#include "authoring/access/windows_folders.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "authoring/access/combined_write_access.h"
#include "authoring/access/folder_description.h"
#include "authoring/access/tree_write_access.h"
#include "base/unique_fd.h"

namespace portcullis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string InTree(const WriteAccess& access, const std::string& folder,
                   const Writers& writers = {}) {
  const auto found = access.FindInTree(folder, writers);
  if (!found) return "error: " + found.error().message;
  return *found ? (*found)->path : "none";
}
std::string OnPath(const WriteAccess& access, const std::string& file) {
  const auto found = access.FindOnPath(file, Writers{});
  if (!found) return "error: " + found.error().message;
  return *found ? (*found)->path : "none";
}
std::vector<std::string> AllIn(const WritableTrees& access, const std::string& folder) {
  std::vector<std::string> places;
  EXPECT_TRUE(access.ForEachInTree(folder, Writers{}, [&](const WritablePlace& place) {
    places.push_back(place.path);
    return true;
  }));
  return places;
}

const WindowsFolders& Known() {
  static const WindowsFolders known(KnownWindowsFolders(), HostConfig::Default());
  return known;
}

TEST(WindowsFolders, ListsWhatIsKnownBelowAMacro) {
  const auto places = AllIn(Known(), "%WINDIR%");
  EXPECT_THAT(places, Contains("%WINDIR%\\Temp"));
  EXPECT_THAT(places, Contains("%WINDIR%\\System32\\spool\\drivers\\color"));
  EXPECT_THAT(AllIn(Known(), "%SYSTEM32%"), Contains("%WINDIR%\\SysWOW64\\Tasks"));
  EXPECT_THAT(AllIn(Known(), "c:/windows/system32/SPOOL"), SizeIs(3));
  EXPECT_THAT(AllIn(Known(), "%PROGRAMFILES%"), IsEmpty());
}

TEST(WindowsFolders, TakesTheAnswerOfTheNearestFolderAbove) {
  EXPECT_EQ(InTree(Known(), "C:\\Apps"), "%OSDRIVE%");
  EXPECT_EQ(InTree(Known(), "%OSDRIVE%\\Users\\x"), "%OSDRIVE%\\Users");
  EXPECT_EQ(InTree(Known(), "%PROGRAMFILES%\\Vendor"), "none");
  EXPECT_EQ(InTree(Known(), "%WINDIR%\\Tasks\\deep"), "%WINDIR%\\Tasks");
  EXPECT_EQ(OnPath(Known(), "%SYSTEM32%\\calc.exe"), "none");
  EXPECT_EQ(OnPath(Known(), "C:\\Windows\\Temp\\x.exe"), "%WINDIR%\\Temp");
  EXPECT_EQ(InTree(Known(), "C:\\WindowsX"), "%OSDRIVE%");
}

// Whoever may write a folder may write its streams; names are what Windows makes of them.
TEST(WindowsFolders, LooksThroughStreamsAndDotsAtTheEndOfNames) {
  for (const char* path :
       {"C:\\Windows\\Tasks:x.exe", "C:\\Windows\\Tasks.\\y.exe", "%WINDIR%\\TASKS . .\\y.exe",
        "%WINDIR%\\Tasks::$INDEX_ALLOCATION\\y.exe", "C:/Windows/Tasks/a.exe:b"}) {
    EXPECT_EQ(OnPath(Known(), path), "%WINDIR%\\Tasks") << path;
  }
  EXPECT_EQ(InTree(Known(), "%WINDIR%\\Tasks. "), "%WINDIR%\\Tasks");
  EXPECT_EQ(OnPath(Known(), "%WINDIR%\\System32\\calc.exe."), "none");
  EXPECT_THAT(OnPath(Known(), "%WINDIR%\\System32\\.. \\Temp\\x.exe"),
              HasSubstr("nothing is known"));
  EXPECT_THAT(OnPath(Known(), "%WINDIR%:x"), HasSubstr("no path of Windows"));
}

TEST(WindowsFolders, KnowsNothingOfOtherDrivesAndShares) {
  EXPECT_THAT(InTree(Known(), "D:\\Apps"), HasSubstr("nothing is known"));
  EXPECT_THAT(InTree(Known(), "\\\\server\\share"), HasSubstr("nothing is known"));
  EXPECT_THAT(OnPath(Known(), "%HOT%\\x.exe"), HasSubstr("nothing is known"));
  EXPECT_THAT(InTree(Known(), "/usr"), HasSubstr("no path of Windows"));
}

TEST(WindowsFolders, LetsADescriptionTakeTheListsPlace) {
  std::vector<WindowsFolder> folders = KnownWindowsFolders();
  folders.push_back({"C:\\Apps", false, ""});
  folders.push_back({"c:\\WINDOWS\\Temp", false, ""});
  const WindowsFolders described(folders, HostConfig::Default());
  EXPECT_EQ(InTree(described, "%OSDRIVE%\\Apps"), "none");
  EXPECT_EQ(OnPath(described, "%WINDIR%\\Temp\\x.exe"), "none");
}

TEST(WindowsFolders, ListsTheTopmostPlacesAlone) {
  const WindowsFolders described({{"D:\\a", false, ""},
                                  {"D:\\a\\b", true, "x"},
                                  {"D:\\a\\b c", true, "x"},
                                  {"D:\\a\\b\\c", true, "x"},
                                  {"D:\\a\\d\\e\\f", true, "x"},
                                  {"D:\\ab", true, "x"}},
                                 HostConfig::Default());
  EXPECT_THAT(AllIn(described, "D:\\a"), ElementsAre("D:\\a\\b", "D:\\a\\b c", "D:\\a\\d\\e\\f"));
  EXPECT_EQ(InTree(described, "D:\\a\\d\\e\\g"), "none");
  EXPECT_EQ(InTree(described, "D:\\a\\b\\g"), "D:\\a\\b");
  EXPECT_THAT(InTree(described, "D:"), HasSubstr("nothing is known"));
}

// ---- Described Linux hosts

const HostConfig& Config() {
  static const HostConfig config = HostConfig::Default();
  return config;
}

Result<void> Describe(FolderDescription& description, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    TRY_VOID(AddDescribedFolder(line, Config(), description));
  }
  return {};
}

TEST(FolderDescription, TellsOfOwnersModesAndAcls) {
  FolderDescription description;
  ASSERT_TRUE(Describe(
      description,
      {R"({"path":"/","type":"d","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt","type":"d","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt/acl","owner":0,"group":0,"mode":"775","acl":["user:1000:rwx","mask::rwx","other::r-x"]})",
       R"({"path":"/opt/file","type":"f","owner":5,"group":0,"mode":"0644"})",
       R"({"path":"/opt/nfs","type":"d","owner":0,"group":0,"mode":"0755","file_system":"nfs4"})",
       R"({"path":"/opt/ok","type":"d","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt/ok-too","type":"f","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt/ok/deep/x","type":"f","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt/sock","type":"s","owner":5,"group":0,"mode":"0777"})"}));
  const TreeWriteAccess access(description.tree, Config());
  EXPECT_THAT(AllIn(access, "/opt"),
              ElementsAre("/opt/acl", "/opt/file", "/opt/nfs", "/opt/ok/deep"));
  EXPECT_EQ(OnPath(access, "/opt/ok-too"), "none");
}

TEST(FolderDescription, CountsAnUndescribedFolderAsWritable) {
  FolderDescription description;
  ASSERT_TRUE(
      Describe(description, {R"({"path":"/opt/x","type":"f","owner":0,"group":0,"mode":"0755"})"}));
  const TreeWriteAccess access(description.tree, Config());
  EXPECT_EQ(OnPath(access, "/opt/x"), "/");
}

TEST(FolderDescription, CountsWhatItDoesNotTellOfAsWritable) {
  FolderDescription description;
  const TreeWriteAccess access(description.tree, Config());
  EXPECT_EQ(InTree(access, "/"), "/");
  EXPECT_EQ(OnPath(access, "/opt/x"), "/");
  ASSERT_TRUE(Describe(
      description,
      {R"({"path":"/","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt","owner":0,"group":0,"mode":"0755"})",
       R"({"path":"/opt/link","type":"l","target":"gone","owner":0,"group":0,"mode":"0777"})"}));
  EXPECT_EQ(InTree(access, "/opt/app"), "/opt/app");
  EXPECT_EQ(InTree(access, "/opt/app/deep"), "/opt/app");
  EXPECT_EQ(OnPath(access, "/opt/app/x"), "/opt/app");
  EXPECT_EQ(OnPath(access, "/opt/missing"), "/opt/missing");
  EXPECT_EQ(OnPath(access, "/opt/link"), "/opt/gone");
  EXPECT_EQ(InTree(access, "/opt"), "none");
  const auto found = access.FindOnPath("/opt/missing", Writers{});
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->why, "it is not described");
}

TEST(FolderDescription, TakesFromTheModeWhatTheAclLeavesOut) {
  const auto ask = [](const std::string& mode, const std::string& acl, const Writers& writers) {
    FolderDescription description;
    const std::string begin = R"({"owner":0,"group":50,"mode":")";
    EXPECT_TRUE(Describe(description, {begin + R"(0755","path":"/"})",
                                       begin + mode + R"(","path":"/x","acl":[)" + acl + "]}"}));
    return InTree(TreeWriteAccess(description.tree, Config()), "/x", writers);
  };
  const std::string named = R"("user:1000:r-x","mask::r-x")";
  EXPECT_EQ(ask("0777", named, Writers{}), "/x");
  EXPECT_EQ(ask("0755", named, Writers{}), "none");
  EXPECT_EQ(ask("0757", named + R"(,"other::r-x")", Writers{}), "none");
  Writers alice;
  alice.anybody = false;
  alice.uid = 1001;
  alice.groups = {50};
  EXPECT_EQ(ask("0775", R"("user:1000:r-x","mask::rwx","other::r-x")", alice), "/x");
  EXPECT_EQ(ask("0775", R"("user:1000:r-x","group::r-x","mask::rwx","other::r-x")", alice), "none");
}

TEST(FolderDescription, RefusesWhatItCanNotRead) {
  const struct {
    const char* line;
    const char* message;
  } rows[] = {
      {"[]", "not a JSON object"},
      {R"({"path":"opt"})", "`path` must be absolute"},
      {R"({"path":"/a","group":0,"mode":"1"})", "`owner` must be"},
      {R"({"path":"/a","owner":0,"group":4294967296,"mode":"1"})", "`group` must be"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"9"})", "`mode` must be octal"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"10000"})", "`mode` must be octal"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","type":"l"})", "`target` must be"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","type":"directory"})",
       "`type` must be one of d, f, l, s, p, c, b and D, not \"directory\""},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","type":"U"})", "`type` must be"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","type":7})", "`type` must be text"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","acl":["user:x:rwx"]})", "`acl` must be"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","acl":["mask:1:rwx"]})", "`acl` must be"},
      {R"({"path":"/a","owner":0,"group":0,"mode":"1","acl":["user:1:rwz"]})", "`acl` must be"},
      {R"({"path":"C:\\a"})", "`writable` must be"},
  };
  for (const auto& row : rows) {
    FolderDescription description;
    const auto added = AddDescribedFolder(row.line, Config(), description);
    ASSERT_FALSE(added) << row.line;
    EXPECT_THAT(added.error().message, HasSubstr(row.message)) << row.line;
  }
  FolderDescription twice;
  const std::string line = R"({"path":"/a","owner":0,"group":0,"mode":"1"})";
  ASSERT_TRUE(AddDescribedFolder(line, Config(), twice));
  EXPECT_FALSE(AddDescribedFolder(line, Config(), twice));
}

// The documented script, run on a folder with a link that would forge a line if printed as it is.
TEST(FolderDescription, IsMadeByTheDocumentedScriptWhateverNamesSay) {
  if (std::system("python3 -c '' 2>/dev/null") != 0) GTEST_SKIP() << "no python3 here";
  std::string top = std::filesystem::temp_directory_path() / "portcullis-describe-XXXXXX";
  ASSERT_NE(mkdtemp(top.data()), nullptr);
  top = std::filesystem::canonical(top);
  const std::string forged =
      "x\"}\n{\"path\":\"/forged\",\"owner\":0,\"group\":0,\"mode\":\"0755\"}";
  std::filesystem::create_symlink(forged, top + "/link");
  std::filesystem::create_directory(top + "/a\"b\n");
  std::filesystem::create_directory(top + "/a\"b\n/\xff");
  const std::string lines = top + "/lines";
  const std::string command = "python3 share/describe-folders.py '" + top + "' > " + lines;
  EXPECT_EQ(std::system(command.c_str()), 0);
  const UniqueFd fd(open(lines.c_str(), O_RDONLY | O_CLOEXEC));
  const auto read = ReadFolderDescription(fd.get(), Config());
  std::filesystem::remove_all(top);
  ASSERT_TRUE(read) << read.error().message;
  const auto find = [&](const std::string& path) {
    return read->tree.Find(path).value_or(std::nullopt).value_or(FileNode{});
  };
  EXPECT_EQ(find(top + "/link").target, forged);
  EXPECT_EQ(find(top + "/a\"b\n/\\xff").kind, FileNode::Kind::kFolder);
  EXPECT_EQ(find(top + "/a\"b\n/\\xff").rights.doubt, "");
  EXPECT_EQ(find(top).rights.owner, geteuid());
  EXPECT_FALSE(read->tree.Find("/forged").value_or(FileNode{}));
}

TEST(CombinedWriteAccess, AsksWhomThePathLooksLike) {
  FolderDescription description;
  ASSERT_TRUE(
      Describe(description, {R"({"path":"/","type":"d","owner":0,"group":0,"mode":"0755"})",
                             R"({"path":"/usr","type":"d","owner":0,"group":0,"mode":"0777"})"}));
  const TreeWriteAccess linux_host(description.tree, Config());
  const CombinedWriteAccess both(&linux_host, &Known());
  EXPECT_EQ(InTree(both, "/usr"), "/usr");
  EXPECT_EQ(InTree(both, "C:\\Windows\\Temp"), "%WINDIR%\\Temp");
  EXPECT_THAT(AllIn(both, "%WINDIR%"), Contains("/usr"));
  EXPECT_THAT(AllIn(both, "%WINDIR%"), Contains("%WINDIR%\\Temp"));
  EXPECT_EQ(AllIn(both, "%WINDIR%/lib"), std::vector<std::string>{"/usr"});
  EXPECT_THAT(InTree(CombinedWriteAccess(nullptr, &Known()), "/usr"),
              HasSubstr("nothing is known"));
  EXPECT_EQ(InTree(CombinedWriteAccess(&linux_host, nullptr), "%WINDIR%\\bin"), "/usr");
}

}  // namespace
}  // namespace portcullis
