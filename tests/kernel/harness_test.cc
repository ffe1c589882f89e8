// SPDX-License-Identifier: Apache-2.0
// The tests' own ground: what it mounts is its own, and what it says of a program's run is so.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>

#include "tests/kernel/private_mounts.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"

namespace portcullis::testing {
namespace {

class Harness : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(60);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_ = std::move(*mounts);
    root_ = mounts_->Mount("tmpfs").value();
  }
  std::optional<PrivateMounts> mounts_;
  std::string root_;
};

TEST_F(Harness, CallsOnlyWhatItMountedItsOwn) {
  EXPECT_TRUE(mounts_->MustBeOwn(root_));
  for (const char* path : {"/", "/tmp", "/proc", "/dev/shm"}) {
    EXPECT_FALSE(mounts_->MustBeOwn(path)) << path;
  }
}

TEST_F(Harness, TellsWhatBecameOfAProgram) {
  const std::string program = root_ + "/program";
  WriteProgram(program, TinyProgram());
  EXPECT_TRUE(RunProgram({program}, {1000, 1000, {}}).ran());
  WriteProgram(program, TinyProgram(), 0, 0644);
  EXPECT_EQ(RunProgram({program}).error, EACCES);
  EXPECT_EQ(RunProgram({root_ + "/absent"}).error, ENOENT);
  EXPECT_EQ(RunProgram({"/bin/sh", "-c", "exit 7"}).exit_status, 7);
  EXPECT_EQ(RunProgram({"/bin/sleep", "30"}, {}, std::chrono::milliseconds(100)).kind,
            RunOutcome::Kind::kTimedOut);
}

TEST_F(Harness, RunsProgramsAsTheCaller) {
  EXPECT_EQ(RunProgram({"/bin/sh", "-c", "test \"$(id -u).$(id -G)\" = '1000.1000 27'"},
                       {1000, 1000, {1000, 27}})
                .exit_status,
            0);
}

}  // namespace
}  // namespace portcullis::testing
