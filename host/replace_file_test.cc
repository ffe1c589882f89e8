// SPDX-License-Identifier: Apache-2.0
#include "host/replace_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace portcullis {
namespace {

using ::testing::HasSubstr;

class ReplaceFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/portcullis-replace-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/policy.xml";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Content(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  size_t Files() const {
    const auto begin = std::filesystem::directory_iterator(folder_);
    return static_cast<size_t>(std::distance(begin, std::filesystem::directory_iterator()));
  }

  std::string folder_, path_;
};

TEST_F(ReplaceFileTest, KeepsTheModeAndTheOwner) {
  std::ofstream(path_) << "former";
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(chown(path_.c_str(), 12, 34), 0);
  }
  ASSERT_TRUE(ReplaceFile(path_, "new"));
  EXPECT_EQ(Content(path_), "new");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
  if (is_root) {
    EXPECT_EQ(status.st_uid, 12U);
    EXPECT_EQ(status.st_gid, 34U);
  }
  EXPECT_EQ(Files(), 1U) << "nothing is left beside it";
}

TEST_F(ReplaceFileTest, MakesAFileThatWasNotThere) {
  ASSERT_TRUE(ReplaceFile(path_, "new", 0600));
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(Content(path_), "new");
}

TEST_F(ReplaceFileTest, TakesABareNameForOneInTheCurrentFolder) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const auto replaced = ReplaceFile("bare", "new");
  std::filesystem::current_path(before);
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_EQ(Content(folder_ + "/bare"), "new");
  EXPECT_EQ(Files(), 1U);
}

TEST_F(ReplaceFileTest, LeavesAloneWhatIsNoFile) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(ReplaceFile(path_, "new").error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(std::filesystem::is_fifo(path_));
}

// Who has the former one open reads it to its end.
TEST_F(ReplaceFileTest, WritesNothingIntoTheFormerFile) {
  std::ofstream(path_) << "former";
  std::ifstream open_before(path_);
  ASSERT_TRUE(ReplaceFile(path_, "new"));
  std::string text;
  open_before >> text;
  EXPECT_EQ(text, "former");
}

TEST_F(ReplaceFileTest, ReplacesWhatALinkPointsTo) {
  std::filesystem::create_directory(folder_ + "/real");
  std::ofstream(folder_ + "/real/p.xml") << "former";
  std::filesystem::create_symlink("real/p.xml", path_);
  ASSERT_TRUE(ReplaceFile(path_, "new"));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
  EXPECT_EQ(Content(folder_ + "/real/p.xml"), "new");
}

TEST_F(ReplaceFileTest, LeavesTheFormerWhereItFails) {
  std::filesystem::create_directory(path_);  // a file can not take a folder's name
  const auto replaced = ReplaceFile(path_, "new");
  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().message, HasSubstr("not a regular file"));
  EXPECT_EQ(Files(), 1U);
  EXPECT_FALSE(ReplaceFile(folder_ + "/absent/p.xml", "new"));
}

}  // namespace
}  // namespace portcullis
