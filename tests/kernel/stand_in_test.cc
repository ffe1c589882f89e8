// SPDX-License-Identifier: Apache-2.0
// How the supervisor answers in the gate's place, with the kernel asking.
#include "enforcement/stand_in.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "enforcement/pidfd.h"
#include "enforcement/service_processes.h"
#include "tests/kernel/private_mounts.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"

namespace portcullis::enforcement {
namespace {

using portcullis::testing::PrivateMounts;

constexpr unsigned kTestSeconds = 60;
constexpr int kDescriptorLimit = 1024;
constexpr int kEventBytes = 24;  // FAN_EVENT_METADATA_LEN

// Both groups, the first with a mark on a tmpfs of this test, and nobody who reads.
class StandInTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = portcullis::testing::WhyNoKernelTests(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    auto mounts = PrivateMounts::Enter(kTestSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    auto marked = mounts->Mount("tmpfs");
    ASSERT_TRUE(marked) << marked.error().message;
    ASSERT_TRUE(mounts->MustBeOwn(*marked));
    program_ = *marked + "/program";
    portcullis::testing::WriteProgram(program_, portcullis::testing::TinyProgram());
    auto permission = FanotifyGroup::Create(GroupKind::kPermission);
    auto notification = FanotifyGroup::Create(GroupKind::kNotification);
    ASSERT_TRUE(permission && notification);
    service_ = std::make_unique<Service>(Service{{},
                                                 *std::move(permission),
                                                 *std::move(notification),
                                                 MapSharedState().value(),
                                                 TrustStore(),
                                                 nullptr,
                                                 {},
                                                 {},
                                                 {},
                                                 {0, 1, 2},
                                                 kDescriptorLimit,
                                                 std::nullopt});
    // This process is the gate, and has no heart.
    service_->setup.service.budget = std::chrono::seconds(kTestSeconds);
    ASSERT_TRUE(group().MarkFileSystem(marked->c_str(), MarkedEvents::kExec));
    shared().BeginToAsk();
  }
  void TearDown() override {
    if (service_ == nullptr) return;
    static_cast<void>(group().RemoveAllMarks());
    for (const pid_t asker : askers_) kill(asker, SIGKILL);
    for (const pid_t asker : askers_) waitpid(asker, nullptr, 0);
  }

  FanotifyGroup& group() { return service_->permission; }
  SharedState& shared() { return *service_->shared; }
  // A process that ends with 1 when its exec was refused.
  pid_t Ask() {
    const pid_t pid = fork();
    if (pid == 0) {
      execl(program_.c_str(), program_.c_str(), nullptr);
      _exit(1);
    }
    askers_.push_back(pid);
    return pid;
  }
  int Waiting() {
    int bytes = 0;
    ioctl(group().fd(), FIONREAD, &bytes);
    return bytes / kEventBytes;
  }
  static bool Await(const std::function<bool()>& holds) {
    for (int i = 0; i < 300 && !holds(); ++i) usleep(10'000);
    return holds();
  }
  static bool WasRefused(pid_t asker) {
    siginfo_t info{};
    Await([&] {
      return waitid(P_PID, static_cast<id_t>(asker), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
             info.si_pid == asker;
    });
    return info.si_code == CLD_EXITED && info.si_status == 1;
  }

  std::string program_;
  std::unique_ptr<Service> service_;
  std::vector<pid_t> askers_;
};

TEST_F(StandInTest, ReadsOnceACall) {
  constexpr size_t kAskers = kEventsPerRead + 8;
  for (size_t i = 0; i < kAskers; ++i) Ask();
  ASSERT_TRUE(Await([&] { return Waiting() == kAskers; })) << Waiting();
  StandIn stand_in(group(), shared(), FailurePolicy::kDeny);
  EXPECT_EQ(stand_in.AnswerWaiting(), kEventsPerRead);
  EXPECT_EQ(stand_in.AnswerWaiting(), 8U);
  for (const pid_t asker : askers_) EXPECT_TRUE(WasRefused(asker));
}

TEST_F(StandInTest, LeavesEventsToAGateThatReads) {
  Ask();
  ASSERT_TRUE(Await([&] { return Waiting() == 1; }));
  shared().gate_reads = true;
  StandIn stand_in(group(), shared(), FailurePolicy::kDeny);
  EXPECT_EQ(stand_in.AnswerWaiting(), 0U);
  EXPECT_EQ(Waiting(), 1);
}

// An answer names its event by a number. What nobody answered would take the next one's.
TEST_F(StandInTest, AnswersWhatADeadSupervisorHadRead) {
  const pid_t asker = Ask();
  ASSERT_TRUE(Await([&] { return Waiting() == 1; }));
  const pid_t former = fork();
  if (former == 0) {
    _exit(shared().StandIn() && group().Read().has_value() ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(former, &status, 0), former);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(Waiting(), 0);

  const UniqueFd self = OpenPidfd(getpid());
  const auto supervisor = ForkSupervisor(*service_, self);
  ASSERT_TRUE(supervisor);
  EXPECT_TRUE(WasRefused(asker));
  EXPECT_TRUE(Await([&] { return !shared().supervisor_reads; })) << "the gate may begin";
  SignalPidfd(supervisor->pidfd, SIGKILL);
  waitpid(supervisor->pid, nullptr, 0);
}

// Without a handle it could be neither watched nor killed.
TEST_F(StandInTest, NoSupervisorIsKeptWithoutAHandle) {
  const UniqueFd self = OpenPidfd(getpid());
  std::vector<UniqueFd> fillers;  // no number below the last one's is free
  while (fillers.empty() || fillers.back().get() < 63) fillers.emplace_back(dup(0));
  constexpr rlim_t kOfTheLink = 4;
  rlimit former{};
  getrlimit(RLIMIT_NOFILE, &former);
  const rlimit scarce{static_cast<rlim_t>(fillers.back().get()) + 1 + kOfTheLink, former.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &scarce), 0);
  const auto supervisor = ForkSupervisor(*service_, self);
  setrlimit(RLIMIT_NOFILE, &former);
  ASSERT_FALSE(supervisor);
  EXPECT_NE(supervisor.error().message.find("pidfd_open"), std::string::npos)
      << supervisor.error().message;
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "no child is left";
}

}  // namespace
}  // namespace portcullis::enforcement
