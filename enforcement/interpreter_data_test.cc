// SPDX-License-Identifier: Apache-2.0
#include "enforcement/interpreter_data.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.h"

namespace portcullis::enforcement {
namespace {

class InterpreterData : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root has a file that root alone may write";
    std::string pattern = "/tmp/portcullis-data-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  bool IsData(const std::string& name, std::string_view text, mode_t mode = 0644,
              uid_t owner = 0) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    const bool ready = fchmod(fd.get(), mode) == 0 && fchown(fd.get(), owner, owner) == 0 &&
                       fstat(fd.get(), &status) == 0;
    return ready && IsInterpretersData(fd.get(), status, name);
  }
  std::string folder_;
};

TEST_F(InterpreterData, IsWhatRootAloneMayWriteAndNothingCallsAScript) {
  EXPECT_TRUE(IsData("passwd", "root:x:0:0::/root:/bin/sh\n"));
  EXPECT_TRUE(IsData("nsswitch.conf", "passwd: files\n"));
  EXPECT_TRUE(IsData("empty", ""));
  EXPECT_TRUE(IsData("short", "#"));
}

TEST_F(InterpreterData, IsNothingThatAUserMayWrite) {
  EXPECT_FALSE(IsData("owned", "exit 0\n", 0644, 1000));
  EXPECT_FALSE(IsData("shared", "exit 0\n", 0664));
  EXPECT_FALSE(IsData("open", "exit 0\n", 0646));
}

TEST_F(InterpreterData, IsNothingThatIsCalledAScript) {
  EXPECT_FALSE(IsData("line", "#!/bin/sh\n"));
  EXPECT_FALSE(IsData("executable", "exit 0\n", 0755));
  EXPECT_FALSE(IsData("executable-for-root", "exit 0\n", 0744));
  EXPECT_FALSE(IsData("name.sh", "exit 0\n"));
  EXPECT_FALSE(IsData("name.PY", "exit 0\n"));
}

TEST(IsInterpretersData, IsFalseForWhatCanNotBeRead) {
  struct stat status {};
  status.st_mode = S_IFREG | 0644;
  EXPECT_FALSE(IsInterpretersData(-1, status, "x"));
  // procfs is whatever the kernel makes of it.
  const UniqueFd fd(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(fstat(fd.get(), &status), 0);
  EXPECT_FALSE(IsInterpretersData(fd.get(), status, "status"));
}

}  // namespace
}  // namespace portcullis::enforcement
