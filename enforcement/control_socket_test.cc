// SPDX-License-Identifier: Apache-2.0
// The listening socket: what it replaces, and what it leaves alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "enforcement/control.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

class ControlSocket : public ::testing::Test {
 protected:
  ControlSocket() {
    std::string pattern = "/tmp/portcullis-control-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/run/control.sock";
  }
  ~ControlSocket() override { std::filesystem::remove_all(folder_); }
  static mode_t ModeOf(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }
  void ExpectRefused(const char* why) {
    const auto refused = ListenAt(path_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr(why));
    EXPECT_THAT(refused.error().message, HasSubstr(path_));
  }

  std::string folder_, path_;
};

TEST_F(ControlSocket, IsMadeForEverybodyInAFolderOfItsOwn) {
  const mode_t former = umask(0077);
  const auto listener = ListenAt(path_);
  umask(former);
  ASSERT_TRUE(listener) << listener.error().message;
  EXPECT_EQ(ModeOf(path_), 0666U);
  EXPECT_EQ(ModeOf(folder_ + "/run"), 0755U);
}

TEST_F(ControlSocket, ReplacesOneAtWhichNobodyListens) {
  ASSERT_TRUE(ListenAt(path_));
  EXPECT_TRUE(std::filesystem::is_socket(path_));
  const auto again = ListenAt(path_);
  EXPECT_TRUE(again) << again.error().message;
}

TEST_F(ControlSocket, LeavesAnothersAlone) {
  const auto first = ListenAt(path_);
  ASSERT_TRUE(first);
  ExpectRefused("another service listens there");
  EXPECT_TRUE(std::filesystem::is_socket(path_));
}

TEST_F(ControlSocket, LeavesAnotherFileAlone) {
  std::filesystem::create_directory(folder_ + "/run");
  std::ofstream(path_) << "precious";
  ExpectRefused("there is another file");
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
}

TEST_F(ControlSocket, IsNotMadeWhereOthersMayWrite) {
  std::filesystem::create_directory(folder_ + "/run");
  std::filesystem::permissions(folder_ + "/run", std::filesystem::perms(01777));
  ExpectRefused("others may write its folder");
}

TEST_F(ControlSocket, IsNotMadeThroughALink) {
  std::filesystem::create_directory(folder_ + "/real");
  std::filesystem::create_directory_symlink("real", folder_ + "/run");
  ExpectRefused("others may write its folder");
}

TEST_F(ControlSocket, RefusesAPathThatIsTooLong) {
  path_ = folder_ + "/run/" + std::string(120, 'x');
  const auto refused = ListenAt(path_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(refused.error().message, HasSubstr("at most 107"));
}

}  // namespace
}  // namespace portcullis::enforcement
