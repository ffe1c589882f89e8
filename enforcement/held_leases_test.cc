// SPDX-License-Identifier: Apache-2.0
#include "enforcement/held_leases.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <thread>

#include "base/clock.h"

namespace portcullis::enforcement {
namespace {

// A file that only this test has open, and only for reading.
class LeasedFile : public ::testing::Test {
 protected:
  void SetUp() override {
    name_ = ::testing::TempDir() + "lease_XXXXXX";
    UniqueFd writer(mkstemp(name_.data()));
    ASSERT_TRUE(writer.valid());
    writer.Reset();
    file_ = UniqueFd(open(name_.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(file_.valid());
  }
  void TearDown() override { unlink(name_.c_str()); }

  // True where a writer does not have to wait.
  bool CanWrite() const {
    return UniqueFd(open(name_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)).valid();
  }
  ExecInFlight Exec(pid_t tid, uint32_t principal = 0) {
    struct Leased {
      UniqueFd file;
      FileLease lease;
    };
    auto leased = std::make_shared<Leased>();
    leased->file = UniqueFd(open(name_.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(leased->lease.Take(leased->file.get(), leases_.thread()), LeaseState::kGranted);
    ExecInFlight exec;
    exec.let_go = [leased](bool) { leased->lease.Release(); };
    exec.lease = &leased->lease;
    exec.fd = leased->file.get();
    exec.tid = tid;
    exec.principal = principal;
    exec.file = kFile;
    return exec;
  }

  // A child that waits, and is ended by the test at the latest.
  static pid_t StartChild() {
    const pid_t child = fork();
    while (child == 0) pause();
    return child;
  }

  // The signal that ended it: SIGTERM if nobody killed it before.
  static int EndChild(pid_t child) {
    kill(child, SIGTERM);
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WTERMSIG(status);
  }

  static constexpr RunningProgram kShell{1, 10, false};
  static constexpr FileKey kFile{7, 70, 0, 0, 0};
  std::string name_;
  UniqueFd file_;
  int64_t now_ns_ = 0;
  std::map<pid_t, ExecProgress> threads_;
  HeldLeases leases_{
      {2, 4, 2},
      [this] { return now_ns_; },
      [this](pid_t tid) {
        return threads_.contains(tid) ? threads_[tid] : ExecProgress{kShell, false, 0, {}};
      }};
};

TEST_F(LeasedFile, HoldsWritersOffUntilReleased) {
  FileLease lease;
  ASSERT_EQ(lease.Take(file_.get(), 0), LeaseState::kGranted);
  EXPECT_FALSE(lease.IsBreaking());
  EXPECT_FALSE(CanWrite());
  EXPECT_TRUE(lease.IsBreaking());
  EXPECT_TRUE(lease.IsHeld());
  lease.Release();
  EXPECT_FALSE(lease.IsHeld());
  EXPECT_TRUE(CanWrite());
}

TEST_F(LeasedFile, RefusesWhereAWriterIs) {
  const UniqueFd writer(open(name_.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(FileLease().Take(file_.get(), 0), LeaseState::kWriterPresent);
}

TEST_F(LeasedFile, RefusesWhereAWritersMappingOutlivesItsDescriptor) {
  UniqueFd writer(open(name_.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(ftruncate(writer.get(), 4096), 0);
  void* const mapped = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, writer.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  writer.Reset();
  EXPECT_EQ(FileLease().Take(file_.get(), 0), LeaseState::kWriterPresent);
  munmap(mapped, 4096);
  EXPECT_EQ(FileLease().Take(file_.get(), 0), LeaseState::kGranted);
}

TEST_F(LeasedFile, SaysWhereThereAreNoLeases) {
  const UniqueFd device(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(FileLease().Take(device.get(), 0), LeaseState::kUnsupported);
}

TEST_F(LeasedFile, IsKeptUntilTheThreadRunsTheFile) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  leases_.Sweep();
  EXPECT_FALSE(CanWrite());
  threads_[100].program = {7, 70, false};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
  EXPECT_TRUE(CanWrite());
}

TEST_F(LeasedFile, IsGivenBackWhenTheThreadRunsAnInterpreterOrIsGone) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(101)));
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 2U);
  threads_[100].program = {1, 11, false};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  threads_[101].program = {0, 0, true};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
}

TEST_F(LeasedFile, OutlivesTheOpenThatBelongsToTheExec) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  leases_.ThreadAsks(100, {7, 70, 5, 5, 5});
  leases_.ThreadAsks(101, {7, 71, 0, 0, 0});
  EXPECT_EQ(leases_.size(), 1U);
  leases_.ThreadAsks(100, {7, 71, 0, 0, 0});
  EXPECT_EQ(leases_.size(), 0U);
}

TEST_F(LeasedFile, IsKeptHoweverLongTheExecTakesWhileNoWriterWaits) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  now_ns_ = 10 * SafeLeaseNs();
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  EXPECT_FALSE(CanWrite());
}

TEST_F(LeasedFile, IsGivenBackWhenTheExecHasFailed) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(101)));
  threads_[100] = {kShell, true, 0, {}};
  threads_[101] = {kShell, false, 5000, {}};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  threads_[101].user_ms = 5000 + kFailedUserMs - 1;
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  threads_[101].user_ms = 5000 + kFailedUserMs;
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
}

TEST_F(LeasedFile, KillsWhatHasNotLandedBeforeAWriterIsLetIn) {
  const pid_t child = StartChild();
  ExecInFlight exec = Exec(child);
  const int fd = exec.fd;
  ASSERT_EQ(Holding::kHeld, leases_.Hold(std::move(exec)));
  ASSERT_FALSE(CanWrite());
  leases_.SweepBreaking(fd);
  now_ns_ = SafeLeaseNs() - 1;
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  EXPECT_EQ(waitpid(child, nullptr, WNOHANG), 0);
  now_ns_ = SafeLeaseNs();
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
  EXPECT_TRUE(CanWrite());
  EXPECT_EQ(EndChild(child), SIGKILL);
}

TEST_F(LeasedFile, DoesNotKillWhoWasGivenTheNumberSince) {
  const pid_t child = StartChild();
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(child)));
  ASSERT_FALSE(CanWrite());
  threads_[child] = {kShell, false, 0, BoottimeNs() + 1};
  now_ns_ = 2 * SafeLeaseNs();
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
  EXPECT_EQ(EndChild(child), SIGTERM);
}

TEST_F(LeasedFile, SeesAWriterWhoCameBeforeItWasHeld) {
  const pid_t child = StartChild();
  ExecInFlight exec = Exec(child);
  now_ns_ = exec.lease->taken_ns() + SafeLeaseNs();
  ASSERT_FALSE(CanWrite());
  ASSERT_EQ(Holding::kHeld, leases_.Hold(std::move(exec)));
  leases_.SweepBreaking(-1);
  EXPECT_EQ(leases_.size(), 0U);
  EXPECT_EQ(EndChild(child), SIGKILL);
}

TEST_F(LeasedFile, IsSharedUntilTheLastExecThatJoinedHasLanded) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  EXPECT_TRUE(leases_.Join(101, kFile, now_ns_ + 1));
  EXPECT_EQ(leases_.size(), 2U);
  threads_[100].program = {7, 70, false};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  EXPECT_FALSE(CanWrite());
  threads_[101].program = {7, 70, false};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
  EXPECT_TRUE(CanWrite());
  EXPECT_FALSE(leases_.Join(102, kFile, now_ns_ + 1));
}

TEST_F(LeasedFile, IsNotSharedByAnotherFile) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  EXPECT_FALSE(leases_.Join(101, {7, 71, 0, 0, 0}, now_ns_ + 1));
  EXPECT_FALSE(leases_.Join(101, {8, 70, 0, 0, 0}, now_ns_ + 1));
}

// What was read of the file meanwhile may be from before the lease.
TEST_F(LeasedFile, IsNotSharedByWhoAskedBeforeItWasHeld) {
  now_ns_ = 1000;
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  EXPECT_FALSE(leases_.Join(101, kFile, 999));
  EXPECT_FALSE(leases_.Join(101, kFile, 1000));
  EXPECT_TRUE(leases_.Join(101, kFile, 1001));
}

TEST_F(LeasedFile, IsNotSharedOnceAWriterWaits) {
  ExecInFlight exec = Exec(100);
  const int fd = exec.fd;
  ASSERT_EQ(Holding::kHeld, leases_.Hold(std::move(exec)));
  ASSERT_FALSE(CanWrite());
  leases_.SweepBreaking(fd);
  EXPECT_FALSE(leases_.Join(101, kFile, now_ns_ + 1));
}

TEST_F(LeasedFile, IsSharedByABoundedNumber) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  EXPECT_TRUE(leases_.Join(101, kFile, now_ns_ + 1));
  EXPECT_TRUE(leases_.Join(102, kFile, now_ns_ + 1));
  EXPECT_FALSE(leases_.Join(103, kFile, now_ns_ + 1));
  threads_[101].program = {7, 70, false};
  leases_.Sweep();
  EXPECT_TRUE(leases_.Join(103, kFile, now_ns_ + 1));
}

// Who asks again for the same file has done with the last time: it failed, or only asked.
TEST_F(LeasedFile, IsJoinedOnceByAThread) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(leases_.Join(101, kFile, now_ns_ + 1));
  EXPECT_EQ(leases_.size(), 2U);
  EXPECT_TRUE(leases_.Join(102, kFile, now_ns_ + 1));
  EXPECT_TRUE(leases_.Join(101, kFile, now_ns_ + 1)) << "full, but for itself";
  threads_[100].program = threads_[102].program = {7, 70, false};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 1U);
  EXPECT_FALSE(CanWrite());
}

// A script lands in its interpreter, which may have been long before anybody looks.
TEST_F(LeasedFile, IsGivenBackOnceAScriptRunsItsInterpreter) {
  ExecInFlight exec = Exec(100);
  exec.before = kShell;
  ASSERT_EQ(Holding::kHeld, leases_.Hold(std::move(exec)));
  EXPECT_TRUE(leases_.Join(101, kFile, now_ns_ + 1, kShell));
  threads_[100].program = threads_[101].program = kShell;
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 2U);
  threads_[100].program = threads_[101].program = {1, 20, false};
  leases_.Sweep();
  EXPECT_EQ(leases_.size(), 0U);
}

// Nobody else is refused for those who joined.
TEST_F(LeasedFile, CountsWhoJoinedApart) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100, 5)));
  EXPECT_TRUE(leases_.Join(101, kFile, now_ns_ + 1));
  EXPECT_TRUE(leases_.Join(102, kFile, now_ns_ + 1));
  EXPECT_EQ(Holding::kHeld, leases_.Hold(Exec(103, 5)));
  EXPECT_EQ(Holding::kHeld, leases_.Hold(Exec(104, 6)));
  EXPECT_EQ(Holding::kHeld, leases_.Hold(Exec(105, 6)));
  EXPECT_EQ(leases_.size(), 6U);
}

TEST_F(LeasedFile, IsBoundedForOneUser) {
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100, 5)));
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(101, 5)));
  EXPECT_EQ(Holding::kUserIsFull, leases_.Hold(Exec(102, 5)));
  EXPECT_EQ(Holding::kHeld, leases_.Hold(Exec(103, 6)));
  threads_[100].program = {7, 70, false};
  EXPECT_EQ(Holding::kHeld, leases_.Hold(Exec(102, 5)));
  EXPECT_EQ(leases_.size(), 3U);
}

TEST_F(LeasedFile, IsBoundedInAll) {
  for (pid_t tid = 100; tid < 104; ++tid) {
    ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(tid, static_cast<uint32_t>(tid))));
  }
  EXPECT_EQ(Holding::kFull, leases_.Hold(Exec(104, 104)));
}

TEST_F(LeasedFile, IsGivenBackToAWriterOnceTheExecHasLanded) {
  std::thread server([this] { leases_.Serve({}); });
  while (leases_.thread() == 0) std::this_thread::yield();
  threads_[100].program = {7, 70, false};
  ASSERT_EQ(Holding::kHeld, leases_.Hold(Exec(100)));
  // Waits until the lease is given back.
  EXPECT_TRUE(UniqueFd(open(name_.c_str(), O_WRONLY | O_CLOEXEC)).valid());
  EXPECT_EQ(leases_.size(), 0U);
  leases_.Stop();
  server.join();
}

}  // namespace
}  // namespace portcullis::enforcement
