// SPDX-License-Identifier: Apache-2.0
#include "host/former_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace portcullis {
namespace {

class FormerFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/portcullis-former-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    file_ = folder_ + "/policy";
    std::ofstream(file_) << "now";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string file_;
};

TEST_F(FormerFileTest, KeepsWithTheModeOfTheFile) {
  ASSERT_EQ(chmod(file_.c_str(), 0604), 0);
  FormerFile former(file_, 100);
  EXPECT_EQ(former.Read().error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(former.Keep("now"));
  EXPECT_EQ(former.Read().value(), "now");
  struct stat status {};
  ASSERT_EQ(stat(former.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0604U);
}

TEST_F(FormerFileTest, TakesBackWhatItKeptLast) {
  ASSERT_TRUE(FormerFile(file_, 100).Keep("first"));
  FormerFile former(file_, 100);
  ASSERT_TRUE(former.TakeBack()) << "nothing was kept";
  EXPECT_EQ(former.Read().value(), "first");
  ASSERT_TRUE(former.Keep("second"));
  ASSERT_TRUE(former.TakeBack());
  EXPECT_EQ(former.Read().value(), "first");
  ASSERT_TRUE(former.Keep(std::nullopt));
  EXPECT_FALSE(former.Read());
}

TEST_F(FormerFileTest, ReadsNoMoreThanItsLimit) {
  ASSERT_TRUE(FormerFile(file_, 100).Keep("longer than four"));
  EXPECT_EQ(FormerFile(file_, 4).Read().error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis
