// SPDX-License-Identifier: Apache-2.0
// A file's own failure never opens the gate: what can not be read in time, or at all, is judged
// with what is known of it, and no rule allows that. `failure-policy = allow` is for the service's
// failures alone.
#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"
#include "tests/kernel/silent_file_system.h"

namespace portcullis::testing {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kSeconds = 120;
constexpr milliseconds kBudget{1500};
// What a busy machine adds to the budget before the asker is back.
constexpr milliseconds kMargin{2500};
constexpr uid_t kFlooder = 1000;
constexpr uid_t kNeighbour = 1001;

class Failures : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("ext4");
    if (!root) GTEST_SKIP() << kNoSuchFileSystem << ": " << root.error().message;
    root_ = *root;
    WriteProgram(good(), TinyProgram());
    const std::string config =
        fmt::format("budget = {}ms\nfailure-policy = {}\n", kBudget.count(), GetParam());
    auto service = ServiceUnderTest::Start(
        *mounts_, {ExePolicy(HashRule("Allow", Sha256Of(good()))), {root_}, config, {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }

  std::string good() const { return root_ + "/good"; }
  static RunOutcome RunAs(const std::string& path, uid_t uid) {
    return RunProgram({path}, {uid, uid, {}}, kBudget * 8);
  }
  void ExpectRefusedInTime(const std::string& path) const {
    const RunOutcome outcome = RunAs(path, kFlooder);
    EXPECT_TRUE(outcome.refused()) << path << ": " << ToString(outcome);
    EXPECT_LT(outcome.took.count(), (kBudget + kMargin).count()) << path;
  }

  std::optional<PrivateMounts> mounts_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
};

TEST_P(Failures, AFileThatTakesTooLongToReadIsRefused) {
  const std::string path = root_ + "/sparse";
  WriteProgram(path, TinyProgram());
  ASSERT_EQ(truncate(path.c_str(), off_t{100} << 30), 0);
  ExpectRefusedInTime(path);
  EXPECT_TRUE(RunAs(good(), kNeighbour).ran());
}

TEST_P(Failures, AFileThatIsAttackedByItsOwnContentIsRefused) {
  // An ELF header whose tables lie about everything, and a PE header that points at itself.
  std::string elf = TinyProgram();
  for (size_t i = 32; i < 64; ++i) elf[i] = static_cast<char>(0xFF);
  std::string pe(4096, '\0');
  pe.replace(0, 2, "MZ");
  pe[0x3C] = 0x40;
  pe.replace(0x40, 4, std::string("PE\0\0", 4));
  for (size_t i = 0x44; i < 0x200; ++i) pe[i] = static_cast<char>(0x40);
  WriteProgram(root_ + "/elf", elf);
  WriteProgram(root_ + "/pe", pe);
  ExpectRefusedInTime(root_ + "/elf");
  ExpectRefusedInTime(root_ + "/pe");
}

TEST_P(Failures, AFloodOfNewFilesDoesNotHoldUpTheNeighbours) {
  constexpr int kFiles = 24;
  std::vector<pid_t> flood;
  for (int i = 0; i < kFiles; ++i) {
    const std::string path = fmt::format("{}/flood{}", root_, i);
    WriteProgram(path, TinyProgram(), kFlooder);
    ASSERT_EQ(truncate(path.c_str(), (off_t{4} << 30) + i), 0);
  }
  for (int i = 0; i < kFiles; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      const RunOutcome outcome = RunAs(fmt::format("{}/flood{}", root_, i), kFlooder);
      _exit(outcome.refused() ? 0 : 1);
    }
    flood.push_back(child);
  }
  for (int i = 0; i < 10; ++i) {
    // One that is known, and one that nobody has seen: it is hashed beside the flood.
    const std::string fresh = fmt::format("{}/fresh{}", root_, i);
    WriteProgram(fresh, TinyProgram(), kNeighbour);
    for (const std::string& path : {good(), fresh}) {
      const RunOutcome outcome = RunAs(path, kNeighbour);
      EXPECT_TRUE(outcome.ran()) << path << ": " << ToString(outcome);
      EXPECT_LT(outcome.took.count(), (kBudget + kMargin).count()) << path;
    }
  }
  for (const pid_t child : flood) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0) << "a file of the flood ran, or hung";
  }
}

TEST_P(Failures, AFileSystemThatNeverAnswersIsRefused) {
  const auto place = mounts_->Mount("tmpfs");
  ASSERT_TRUE(place);
  auto silent = SilentFileSystem::Mount(*place);
  if (!silent) GTEST_SKIP() << kNoSuchFileSystem << ": " << silent.error().message;
  ASSERT_TRUE(mounts_->Adopt(*place));
  service_.reset();
  auto service = ServiceUnderTest::Start(
      *mounts_, {ExePolicy(HashRule("Allow", Sha256Of(good()))),
                 {root_, *place},
                 fmt::format("budget = {}ms\nfailure-policy = {}\n", kBudget.count(), GetParam()),
                 {}});
  ASSERT_TRUE(service) << service.error().message;
  service_ = std::move(*service);
  ExpectRefusedInTime((*silent)->program());
  EXPECT_TRUE(RunAs(good(), kNeighbour).ran());
  (*silent).reset();
}

// No rule about paths can be asked, so the rule for all paths does not count either.
TEST_P(Failures, AFileWhosePlaceCanNotBeFoundIsRefused) {
  const auto place = mounts_->Mount("tmpfs");
  ASSERT_TRUE(place);
  auto silent = SilentFileSystem::Mount(*place, Names::kUntilOpened);
  if (!silent) GTEST_SKIP() << kNoSuchFileSystem << ": " << silent.error().message;
  ASSERT_TRUE(mounts_->Adopt(*place));
  service_.reset();
  auto service = ServiceUnderTest::Start(
      *mounts_, {ExePolicy(PathRule("Allow", "*") + PathRule("Deny", *place + "/*")),
                 {root_, *place},
                 fmt::format("budget = {}ms\nfailure-policy = {}\n", kBudget.count(), GetParam()),
                 {}});
  ASSERT_TRUE(service) << service.error().message;
  service_ = std::move(*service);
  ExpectRefusedInTime((*silent)->program());
  EXPECT_TRUE(RunAs(good(), kNeighbour).ran());
  (*silent).reset();
}

INSTANTIATE_TEST_SUITE_P(With, Failures, ::testing::Values("deny", "allow"));

}  // namespace
}  // namespace portcullis::testing
