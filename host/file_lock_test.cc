// SPDX-License-Identifier: Apache-2.0
#include "host/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

namespace portcullis {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class FileLock : public ::testing::Test {
 protected:
  FileLock() {
    char name[] = "/tmp/portcullis-lock-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~FileLock() override { std::filesystem::remove_all(folder_); }
  std::string File() const { return folder_ + "/policy.xml.lock"; }

  std::string folder_;
};

TEST_F(FileLock, IsHeldUntilItsDescriptorCloses) {
  std::optional<UniqueFd> first = LockFile(File(), milliseconds(0)).value();
  const auto second = LockFile(File(), milliseconds(20));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kLimitExceeded);
  EXPECT_THAT(second.error().message, HasSubstr(File() + ": another process has the lock"));
  first.reset();
  EXPECT_TRUE(LockFile(File(), milliseconds(0)));
}

TEST_F(FileLock, LeavesItsFileForItsUserAlone) {
  ASSERT_TRUE(LockFile(File(), milliseconds(0)));
  struct stat status {};
  ASSERT_EQ(stat(File().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(FileLock, FollowsNoLink) {
  const std::string elsewhere = folder_ + "/elsewhere";
  std::filesystem::create_symlink(elsewhere, File());
  const auto locked = LockFile(File(), milliseconds(0));
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, ErrorCode::kIo);
  EXPECT_FALSE(std::filesystem::exists(elsewhere));
}

}  // namespace
}  // namespace portcullis
