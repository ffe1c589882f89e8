// SPDX-License-Identifier: Apache-2.0
// The kernel was told not to ask again about a program that everybody may run; then something
// changes that clears no mark by itself. The next exec is judged by what is true then.
#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

constexpr unsigned kSeconds = 60;
constexpr uid_t kUid = 1000;
constexpr char kEvilStatus = 42;
const Caller kUser{kUid, kUid, {kUid}};

class Marks : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_ = std::make_unique<PrivateMounts>(std::move(*mounts));
    const auto root = mounts_->Mount(GetParam());
    if (!root) GTEST_SKIP() << kNoSuchFileSystem << ": " << root.error().message;
    root_ = *root;
    for (const char* name : {"/allowed", "/other"})
      ASSERT_EQ(mkdir((root_ + name).c_str(), 0755), 0);
    WriteProgram(program(), TinyProgram());
  }

  // Starts the service and runs the program often enough for the kernel to be told.
  void Warm(const std::string& policy) {
    auto service = ServiceUnderTest::Start(*mounts_, {policy, {root_}, "", {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(RunProgram({program()}, kUser).ran());
  }

  std::string AllowByPath() const { return ExePolicy(PathRule("Allow", root_ + "/allowed/*")); }
  std::string AllowByHash() const { return ExePolicy(HashRule("Allow", Sha256Of(program()))); }
  std::string program() const { return root_ + "/allowed/program"; }

  // What changes an inode is told to the service, not asked: it drops the mark a moment later.
  // docs/limitations.md names that moment.
  static void Settle() { usleep(200'000); }

  void ExpectRefused(const std::string& path) const {
    const RunOutcome outcome = RunProgram({path}, kUser);
    EXPECT_TRUE(outcome.refused()) << path << ": " << ToString(outcome);
  }
  void ExpectRuns(const std::string& path) const {
    const RunOutcome outcome = RunProgram({path}, kUser);
    EXPECT_TRUE(outcome.ran() && outcome.exit_status == 0) << path << ": " << ToString(outcome);
  }

  // As the user: makes the program end with another status, through a shared mapping, which clears
  // no mark.
  void CorruptByMapping() const {
    const size_t offset = StatusOffset(TinyProgram());
    ASSERT_NE(offset, std::string::npos);
    const pid_t child = fork();
    if (child == 0) {
      if (setresgid(kUid, kUid, kUid) != 0 || setresuid(kUid, kUid, kUid) != 0) _exit(1);
      const UniqueFd fd(open(program().c_str(), O_RDWR | O_CLOEXEC));
      void* const map = mmap(nullptr, offset + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
      if (map == MAP_FAILED) _exit(2);
      static_cast<volatile char*>(map)[offset] = kEvilStatus;
      _exit(0);
    }
    int status = 1;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << "the user could not write the program";
  }

  std::unique_ptr<PrivateMounts> mounts_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
};

TEST_P(Marks, ARenamedFileIsJudgedByItsNewName) {
  Warm(AllowByPath());
  ASSERT_EQ(rename(program().c_str(), (root_ + "/other/program").c_str()), 0);
  Settle();
  ExpectRefused(root_ + "/other/program");
}

TEST_P(Marks, ARenamedFolderIsJudgedByItsNewName) {
  Warm(AllowByPath());
  ASSERT_EQ(rename((root_ + "/allowed").c_str(), (root_ + "/renamed").c_str()), 0);
  Settle();
  ExpectRefused(root_ + "/renamed/program");
}

TEST_P(Marks, AnotherNameInADeniedFolderIsDenied) {
  Warm(ExePolicy(PathRule("Allow", root_ + "/*") + PathRule("Deny", root_ + "/other/*")));
  ASSERT_EQ(link(program().c_str(), (root_ + "/other/program").c_str()), 0);
  Settle();
  ExpectRefused(root_ + "/other/program");
  ExpectRuns(program());
}

TEST_P(Marks, AFileThatIsGivenAwayIsReadAgain) {
  Warm(AllowByHash());
  ASSERT_EQ(chown(program().c_str(), kUid, kUid), 0);
  Settle();
  CorruptByMapping();
  ExpectRefused(program());
}

TEST_P(Marks, AFileThatIsMadeWritableIsReadAgain) {
  Warm(AllowByHash());
  ASSERT_EQ(chmod(program().c_str(), 0777), 0);
  Settle();
  CorruptByMapping();
  ExpectRefused(program());
}

TEST_P(Marks, AFileThatAnAclMakesWritableIsReadAgain) {
  if (std::system("command -v setfacl > /dev/null") != 0) GTEST_SKIP() << "no setfacl here";
  Warm(AllowByHash());
  if (std::system(fmt::format("setfacl -m u:{}:rwx {}", kUid, program()).c_str()) != 0) {
    GTEST_SKIP() << "no ACLs on this file system";
  }
  Settle();
  CorruptByMapping();
  ExpectRefused(program());
}

TEST_P(Marks, ANewPolicyIsObeyedAtOnce) {
  Warm(AllowByPath());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(service_->SetPolicy(ExePolicy(PathRule("Allow", root_ + "/other/*"))));
    ExpectRefused(program());
    ASSERT_TRUE(service_->SetPolicy(AllowByPath()));
    ExpectRuns(program());
  }
}

TEST_P(Marks, ARefusedPolicyLeavesTheFormerInForce) {
  Warm(AllowByPath());
  EXPECT_FALSE(service_->SetPolicy("<AppLockerPolicy Version=\"1\"><RuleCollection/>"));
  ExpectRuns(program());
  WriteProgram(root_ + "/other/program", TinyProgram());
  ExpectRefused(root_ + "/other/program");
}

INSTANTIATE_TEST_SUITE_P(On, Marks, ::testing::Values("tmpfs", "ext4", "xfs"));

}  // namespace
}  // namespace portcullis::testing
