// SPDX-License-Identifier: Apache-2.0
#include "authoring/generate/folder_cover.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <set>

#include "authoring/generate/fake_write_access.h"

namespace portcullis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Covered {
  std::set<std::string> folders;
  std::set<std::string> alone;
};

Covered Cover(const std::vector<std::string>& paths, const FakeWriteAccess& access,
              const std::vector<std::string>& selected = {}, bool case_sensitive = true) {
  std::vector<FolderFile> files;
  for (const std::string& path : paths) {
    files.push_back({{path, true, case_sensitive}, static_cast<uint32_t>(files.size())});
  }
  std::vector<PathSpelling> folders;
  for (const std::string& folder : selected) folders.push_back({folder, true, case_sensitive});
  const FolderCover cover = CoverByFolders(files, folders, [&](const Folder& folder) {
    const auto place = access.FindInTree(folder.path, {});
    return place && !place->has_value();
  });
  Covered covered;
  for (const Folder& folder : cover.folders) covered.folders.insert(folder.path);
  for (const FolderFile& file : cover.alone) covered.alone.insert(file.path.text);
  return covered;
}

TEST(FolderCover, TakesTheFolderOfSeveralFilesWithAllBelowIt) {
  const Covered covered =
      Cover({"%WINDIR%/bin/a", "%WINDIR%/bin/b", "%WINDIR%/bin/x/y/c"}, FakeWriteAccess({}));
  EXPECT_THAT(covered.folders, ElementsAre("%WINDIR%/bin"));
  EXPECT_THAT(covered.alone, IsEmpty());
}

TEST(FolderCover, LeavesOneFileToARuleOfItsOwn) {
  const Covered covered = Cover({"/opt/a/one", "/opt/b/two"}, FakeWriteAccess({}));
  EXPECT_THAT(covered.folders, IsEmpty());
  EXPECT_THAT(covered.alone, ElementsAre("/opt/a/one", "/opt/b/two"));
}

TEST(FolderCover, TakesAFolderWithoutFilesOnlyWhereItWasSelected) {
  const std::vector<std::string> paths = {"/opt/a/1", "/opt/a/2", "/opt/b/1", "/opt/b/2"};
  EXPECT_THAT(Cover(paths, FakeWriteAccess({})).folders, ElementsAre("/opt/a", "/opt/b"));
  EXPECT_THAT(Cover(paths, FakeWriteAccess({}), {"/opt"}).folders, ElementsAre("/opt"));
  EXPECT_THAT(Cover(paths, FakeWriteAccess({}), {"/opt/"}).folders, ElementsAre("/opt"));
  EXPECT_THAT(Cover(paths, FakeWriteAccess({}), {"/op"}).folders, ElementsAre("/opt/a", "/opt/b"));
}

TEST(FolderCover, GoesAroundWhatUsersCanWrite) {
  const std::vector<std::string> paths = {"/opt/run",   "/opt/a/1",   "/opt/a/2",  "/opt/tmp/s",
                                          "/opt/tmp/t", "/opt/b/c/1", "/opt/b/c/2"};
  const Covered covered = Cover(paths, FakeWriteAccess({"/opt/tmp"}));
  EXPECT_THAT(covered.folders, UnorderedElementsAre("/opt/a", "/opt/b/c"));
  EXPECT_THAT(covered.alone, UnorderedElementsAre("/opt/run", "/opt/tmp/s", "/opt/tmp/t"));
  // Below a selected folder those without files of their own may be taken too.
  EXPECT_THAT(Cover(paths, FakeWriteAccess({"/opt/tmp"}), {"/opt"}).folders,
              UnorderedElementsAre("/opt/a", "/opt/b"));
}

TEST(FolderCover, TakesWhatIsNotKnownForWritable) {
  FakeWriteAccess access({});
  access.unknown = "/opt";
  EXPECT_THAT(Cover({"/opt/a", "/opt/b"}, access).folders, IsEmpty());
}

TEST(FolderCover, EndsAFolderAtASeparator) {
  const Covered covered =
      Cover({"/opt/a/1", "/opt/a/2", "/opt/a-b/1", "/opt/a.b"}, FakeWriteAccess({"/opt/x"}));
  EXPECT_THAT(covered.folders, ElementsAre("/opt/a"));
  EXPECT_THAT(covered.alone, ElementsAre("/opt/a-b/1", "/opt/a.b"));
}

TEST(FolderCover, ComparesCaseAsThePathsFileSystemDoes) {
  const std::vector<std::string> paths = {"C:\\Apps\\a.exe", "c:\\APPS\\b.exe"};
  EXPECT_THAT(Cover(paths, FakeWriteAccess({}), {}, false).folders, ElementsAre("C:\\Apps"));
  EXPECT_THAT(Cover({"/Opt/a", "/opt/b"}, FakeWriteAccess({})).folders, IsEmpty());
}

TEST(FolderCover, KnowsTheRootAndPathsThatGrowWithTheirCase) {
  EXPECT_THAT(Cover({"/a", "/b"}, FakeWriteAccess({})).folders, ElementsAre("/"));
  // U+0250 takes two bytes, its upper case three.
  EXPECT_THAT(Cover({"C:\\\xC9\x90\\a", "C:\\\xC9\x90\\b"}, FakeWriteAccess({}), {}, false).folders,
              ElementsAre("C:\\\xC9\x90"));
}

TEST(FolderCover, StandsPathsOfAnyDepth) {
  std::string deep = "/";
  for (int i = 0; i < 15'000; ++i) deep += "a/";
  EXPECT_EQ(Cover({deep + "1", deep + "2"}, FakeWriteAccess({})).folders.size(), 1U);
}

}  // namespace
}  // namespace portcullis
