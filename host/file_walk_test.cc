// SPDX-License-Identifier: Apache-2.0
#include "host/file_walk.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "host/read_file.h"

namespace portcullis {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class FileWalkTest : public ::testing::Test {
 protected:
  FileWalkTest() {
    std::string pattern = "/tmp/portcullis-walk-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~FileWalkTest() override { fs::remove_all(root_); }

  void Touch(const std::string& path) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << "x";
  }

  // Paths below the root, problems with their message.
  std::vector<std::string> Walk(const std::string& argument,
                                Directories directories = Directories::kWalk) {
    std::vector<std::string> found;
    const PathSpeller speller(HostConfig::Default(), MountTable::OfThisProcess({}).value(), {});
    FileWalk walk(speller, directories, [&](const WalkItem& item) {
      std::string path = item.ShownPath();
      if (path.starts_with(root_.string())) path.erase(0, root_.string().size());
      if (item.problem) path += ": " + item.problem->message;
      found.push_back(path);
    });
    walk.Argument(argument);
    return found;
  }
  std::vector<std::string> Walk() { return Walk(root_.string()); }

  fs::path root_;
};

TEST_F(FileWalkTest, GoesByNameAndDepthFirst) {
  for (const char* path : {"b/2", "b/10", "a", "c", "b.txt", "B/x"}) Touch(path);
  EXPECT_THAT(Walk(), ElementsAre("/B/x", "/a", "/b/10", "/b/2", "/b.txt", "/c"));
}

TEST_F(FileWalkTest, PassesOverWhatIsNoFile) {
  Touch("file");
  ASSERT_EQ(mkfifo((root_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("file", root_ / "link");
  fs::create_symlink("/etc", root_ / "outside");
  fs::create_symlink(".", root_ / "loop");
  EXPECT_THAT(Walk(), ElementsAre("/file"));
}

TEST_F(FileWalkTest, FollowsALinkThatIsTheArgument) {
  Touch("dir/file");
  fs::create_directory_symlink("dir", root_ / "link");
  fs::create_symlink("dir/file", root_ / "flink");
  EXPECT_THAT(Walk((root_ / "link").string()), ElementsAre("/link/file"));
  EXPECT_THAT(Walk((root_ / "flink").string()), ElementsAre("/flink"));
}

TEST_F(FileWalkTest, KeepsNamesThatAreOnlyBytes) {
  Touch("new\nline");
  Touch("\xFF\xFE");
  EXPECT_THAT(Walk(), ElementsAre("/new\nline", "/\xFF\xFE"));
}

TEST_F(FileWalkTest, ReportsWhatIsNotThere) {
  EXPECT_THAT(Walk("/nowhere/at/all"), ElementsAre("/nowhere/at/all: No such file or directory"));
}

TEST_F(FileWalkTest, RefusesADirectoryWhereItIsNotToWalk) {
  EXPECT_THAT(Walk(root_.string(), Directories::kRefuse), ElementsAre(HasSubstr("is a directory")));
}

TEST_F(FileWalkTest, LeavesFileSystemsOfTheKernelAlone) {
  EXPECT_THAT(Walk("/proc/self"), ::testing::IsEmpty());
}

TEST_F(FileWalkTest, ReportsAPathThatIsTooLong) {
  std::string path = root_.string();
  const std::string name(250, 'd');
  const fs::path before = fs::current_path();
  ASSERT_EQ(chdir(path.c_str()), 0);
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(mkdir(name.c_str(), 0700), 0);
    ASSERT_EQ(chdir(name.c_str()), 0);
  }
  fs::current_path(before);
  EXPECT_THAT(Walk(), ElementsAre(HasSubstr("longer than 4095 bytes")));
}

TEST_F(FileWalkTest, ClaimsTheSpellingThatTheArgumentHad) {
  Touch("real/file");
  fs::create_directory_symlink("real", root_ / "link");
  const PathSpeller speller(HostConfig::Default(), MountTable::OfThisProcess({}).value(), {});
  std::vector<PathSpelling> spellings;
  FileWalk walk(speller, Directories::kRefuse,
                [&](const WalkItem& item) { spellings = item.Spellings(); });
  walk.Argument((root_ / "link/file").string());
  EXPECT_THAT(spellings, Contains(PathSpelling{(root_ / "real/file").string(), true, true}));
  EXPECT_THAT(spellings, Contains(PathSpelling{(root_ / "link/file").string(), false, true}));
  FileWalk tree(speller, Directories::kWalk,
                [&](const WalkItem& item) { spellings = item.Spellings(); });
  tree.Argument((root_ / "link").string());
  EXPECT_THAT(spellings, Contains(PathSpelling{(root_ / "real/file").string(), true, true}));
  EXPECT_THAT(spellings, Contains(PathSpelling{(root_ / "link/file").string(), false, true}));
  walk.Argument((root_ / "real/file").string());
  EXPECT_THAT(spellings, Not(Contains(testing::Field(&PathSpelling::verified, false))));
}

TEST_F(FileWalkTest, ClaimsRelativeAndHiddenSpellingsToo) {
  Touch("real/file");
  fs::create_directory(root_ / ".hidden");
  fs::create_symlink("../real/file", root_ / ".hidden/file");
  const PathSpeller speller(HostConfig::Default(), MountTable::OfThisProcess({}).value(), {});
  std::vector<PathSpelling> spellings;
  FileWalk walk(speller, Directories::kRefuse,
                [&](const WalkItem& item) { spellings = item.Spellings(); });
  const PathSpelling claimed{(root_ / ".hidden/file").string(), false, true};
  const fs::path before = fs::current_path();
  fs::current_path(root_);
  for (const char* argument : {".hidden/file", "real/../.hidden//file"}) {
    walk.Argument(argument);
    EXPECT_THAT(spellings, Contains(claimed)) << argument;
  }
  fs::current_path(before);
}

TEST_F(FileWalkTest, RefusesALinkOutOfItsMappedTree) {
  Touch("outside");
  Touch("image/Windows/x.exe");
  fs::create_symlink(root_ / "outside", root_ / "image/out.exe");
  fs::create_symlink("Windows/x.exe", root_ / "image/in.exe");
  const PathSpeller speller(HostConfig::Default(), MountTable::OfThisProcess({}).value(),
                            {{(root_ / "image").string(), "C:"}});
  std::optional<WalkItem> item;
  FileWalk walk(speller, Directories::kRefuse, [&](WalkItem found) { item = std::move(found); });
  walk.Argument((root_ / "image/out.exe").string());
  ASSERT_TRUE(item && item->problem);
  EXPECT_THAT(item->problem->message, HasSubstr("mapped tree"));
  walk.Argument((root_ / "image/in.exe").string());
  ASSERT_TRUE(item && !item->problem);
  EXPECT_THAT(item->Spellings(), Contains(PathSpelling{"C:\\Windows\\x.exe", true, false}));
  EXPECT_THAT(item->Spellings(), Contains(PathSpelling{"C:\\in.exe", false, false}));
}

TEST_F(FileWalkTest, OpensOnlyRegularFilesAndNeverWaits) {
  Touch("file");
  ASSERT_EQ(mkfifo((root_ / "pipe").c_str(), 0600), 0);
  fs::create_symlink("file", root_ / "link");
  fs::create_directory_symlink(".", root_ / "here");
  EXPECT_TRUE(OpenRegularFile((root_ / "file").string(), Links::kRefuse));
  EXPECT_TRUE(OpenRegularFile((root_ / "link").string(), Links::kFollow));
  EXPECT_FALSE(OpenRegularFile((root_ / "link").string(), Links::kRefuse));
  EXPECT_FALSE(OpenRegularFile((root_ / "here/file").string(), Links::kRefuse));
  for (const Links links : {Links::kFollow, Links::kRefuse}) {
    EXPECT_EQ(OpenRegularFile((root_ / "pipe").string(), links).error().code,
              ErrorCode::kUnsupported);
    EXPECT_EQ(OpenRegularFile("/dev/null", links).error().code, ErrorCode::kUnsupported);
  }
}

TEST_F(FileWalkTest, ReadsNoMoreThanAllowed) {
  Touch("file");
  EXPECT_EQ(*ReadFile((root_ / "file").string(), 1), "x");
  EXPECT_EQ(ReadFile((root_ / "file").string(), 0).error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis
