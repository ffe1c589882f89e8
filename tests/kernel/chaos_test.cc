// SPDX-License-Identifier: Apache-2.0
// The whole service while its processes are killed and stopped, singly and in pairs, under execs of
// several users: no exec waits past the budget, and no denied program runs while supervisor or gate
// lives.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kSeconds = 200;
constexpr milliseconds kBudget{1000};
// What a busy machine adds to the budget before the asker is back.
constexpr milliseconds kMargin{2500};
constexpr int kClients = 4;

// The living processes of the service, in this test's mount namespace alone.
class Census {
 public:
  Census() : namespace_(std::filesystem::read_symlink("/proc/self/ns/mnt")) {}

  std::vector<pid_t> Find(const std::string& name) const {
    return Filter(name, [&](const std::string& proc) {
      std::error_code error;
      return std::filesystem::read_symlink(proc + "/ns/mnt", error) == namespace_;
    });
  }
  // These have a namespace of their own: the supervisor's children.
  std::vector<pid_t> Inspectors() const {
    const std::vector<pid_t> supervisors = Find("supervisor");
    return Filter("inspector", [&](const std::string& proc) {
      const std::string status = ReadWholeFile(proc + "/stat");
      const size_t parent = status.rfind(") ") + 4;
      return std::ranges::find(supervisors, std::atoi(status.c_str() + parent)) !=
             supervisors.end();
    });
  }

 private:
  static std::vector<pid_t> Filter(const std::string& name,
                                   const std::function<bool(const std::string&)>& is_ours) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0 || ReadWholeFile(entry.path() / "comm") != name + "\n") continue;
      const std::string status = ReadWholeFile(entry.path() / "stat");
      if (status.find(") Z ") == std::string::npos && is_ours(entry.path())) found.push_back(pid);
    }
    return found;
  }
  std::filesystem::path namespace_;
};

// What the clients saw, in memory that they share.
struct Tally {
  std::atomic<bool> ends{false};
  std::atomic<uint64_t> allowed_ran{0}, allowed_refused{0}, denied_refused{0};
  std::atomic<uint64_t> denied_ran{0}, stalled{0};
  std::atomic<int64_t> slowest_ms{0};

  void Count(const RunOutcome& outcome, bool is_allowed) {
    (is_allowed      ? outcome.ran() ? allowed_ran : allowed_refused
     : outcome.ran() ? denied_ran
                     : denied_refused)++;
    if (outcome.took > kBudget + kMargin) ++stalled;
    for (int64_t slowest = slowest_ms; outcome.took.count() > slowest;) {
      if (slowest_ms.compare_exchange_weak(slowest, outcome.took.count())) break;
    }
  }
  std::string ToString() const {
    return fmt::format(
        "allowed: {} ran, {} refused; denied: {} ran, {} refused; {} stalled, slowest {} ms",
        allowed_ran.load(), allowed_refused.load(), denied_ran.load(), denied_refused.load(),
        stalled.load(), slowest_ms.load());
  }
};

class Chaos : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/good", TinyProgram());
    WriteProgram(root_ + "/evil", TinyProgram() + "evil");
    census_.emplace();
    tally_ = new (mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) Tally;
    auto service = ServiceUnderTest::Start(
        *mounts_, {Policy(), {root_}, fmt::format("budget = {}ms\n", kBudget.count()), {}});
    ASSERT_TRUE(service) << service.error().message;
    service_ = std::move(*service);
  }
  void TearDown() override {
    if (tally_ == nullptr) return;  // skipped
    tally_->ends = true;
    for (const pid_t client : clients_) waitpid(client, nullptr, 0);
    service_.reset();
    // Whose parent died is nobody's descendant any more.
    for (int i = 0; i < 100; ++i) {
      int left = 0;
      for (const char* name : {"supervisor", "gate"}) {
        for (const pid_t pid : census_->Find(name)) left += kill(pid, SIGKILL) == 0 ? 1 : 0;
      }
      if (left == 0) break;
      usleep(10'000);
    }
  }
  std::string Policy() const {
    return ExePolicy(HashRule("Allow", Sha256Of(root_ + "/good")) +
                     PathRule("Allow", root_ + "/new/*") + PathRule("Deny", root_ + "/new/evil*"));
  }

  // Execs without end: the known ones, and files that nobody has seen.
  void StartClients() {
    std::filesystem::create_directory(root_ + "/new");
    for (int i = 0; i < kClients; ++i) {
      const pid_t client = fork();
      if (client == 0) {
        alarm(kSeconds);
        const uid_t uid = i % 2 == 0 ? 0 : static_cast<uid_t>(1000 + i);
        for (int n = 0; !tally_->ends; ++n) RunSome(fmt::format("{}-{}", i, n), uid);
        _exit(0);
      }
      clients_.push_back(client);
    }
  }
  void RunSome(const std::string& id, uid_t uid) {
    tally_->Count(RunAs(root_ + "/good", uid), true);
    tally_->Count(RunAs(root_ + "/evil", uid), false);
    const std::string evil = root_ + "/new/evil" + id;
    const std::string fresh = root_ + "/new/" + id;
    WriteProgram(evil, TinyProgram(), uid);
    WriteProgram(fresh, TinyProgram(), uid);
    tally_->Count(RunAs(evil, uid), false);
    tally_->Count(RunAs(fresh, uid), true);
    std::filesystem::remove(evil);
    std::filesystem::remove(fresh);
  }
  static RunOutcome RunAs(const std::string& path, uid_t uid) {
    return RunProgram({path}, {uid, uid, {}}, kBudget * 10);
  }

  bool Await(const std::function<bool()>& holds) const {
    for (int i = 0; i < 1000; ++i) {
      if (holds()) return true;
      usleep(10'000);
    }
    return false;
  }
  // Both are there, other than `before`, and the allowed program runs again.
  bool Recovered(const std::vector<pid_t>& gone) const {
    for (const char* name : {"supervisor", "gate"}) {
      const auto now = census_->Find(name);
      if (now.size() != 1 || std::ranges::find(gone, now.front()) != gone.end()) return false;
    }
    return RunAs(root_ + "/good", 0).ran();
  }
  // A signal to all of these at once; the service must come back by itself.
  void Hit(const std::vector<pid_t>& victims, int signal, const std::string& what) {
    for (const pid_t victim : victims) kill(victim, signal);
    std::vector<pid_t> gone;
    for (const char* name : {"supervisor", "gate"}) {
      for (const pid_t pid : census_->Find(name)) {
        if (std::ranges::find(victims, pid) != victims.end()) gone.push_back(pid);
      }
    }
    ASSERT_TRUE(Await([&] { return Recovered(gone); })) << what << "\n" << service_->output();
    // The new supervisor watches before the next blow: two in one moment are another test.
    usleep(static_cast<useconds_t>(kBudget.count()) * 300);
  }
  void ExpectNoneLost() const {
    RecordProperty("tally", tally_->ToString());
    EXPECT_EQ(tally_->denied_ran, 0U) << tally_->ToString();
    EXPECT_EQ(tally_->stalled, 0U) << tally_->ToString();
    EXPECT_GT(tally_->allowed_ran, 50U) << tally_->ToString();
    fmt::print("{}\n", tally_->ToString());
  }

  std::optional<PrivateMounts> mounts_;
  std::optional<Census> census_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
  Tally* tally_ = nullptr;
  std::vector<pid_t> clients_;
};

TEST_F(Chaos, KillsEachProcessInTurn) {
  StartClients();
  for (int round = 0; round < 5; ++round) {
    Hit(census_->Find("gate"), SIGKILL, "the gate killed");
    Hit(census_->Inspectors(), SIGKILL, "the inspectors killed");
    Hit(census_->Find("supervisor"), SIGKILL, "the supervisor killed");
    Hit(census_->Find("gate"), SIGSEGV, "the gate crashed");
  }
  ExpectNoneLost();
}

TEST_F(Chaos, StopsEachProcessInTurn) {
  StartClients();
  for (int round = 0; round < 3; ++round) {
    Hit(census_->Find("gate"), SIGSTOP, "the gate stopped");
    Hit(census_->Find("supervisor"), SIGSTOP, "the supervisor stopped");
    Hit(census_->Inspectors(), SIGSTOP, "the inspectors stopped");
    // Spare ones take their place till they are killed; here they may go on.
    for (const pid_t inspector : census_->Inspectors()) kill(inspector, SIGCONT);
  }
  ExpectNoneLost();
}

TEST_F(Chaos, HitsPairs) {
  StartClients();
  const auto with_inspectors = [&](const char* name) {
    std::vector<pid_t> victims = census_->Inspectors();
    for (const pid_t pid : census_->Find(name)) victims.push_back(pid);
    return victims;
  };
  for (int round = 0; round < 3; ++round) {
    Hit(with_inspectors("gate"), SIGKILL, "gate and inspectors killed");
    Hit(with_inspectors("supervisor"), SIGKILL, "supervisor and inspectors killed");
    Hit(with_inspectors("gate"), SIGSTOP, "gate and inspectors stopped");
  }
  ExpectNoneLost();
}

TEST_F(Chaos, LetsEverythingRunWhenSupervisorAndGateDieTogether) {
  const auto gate = census_->Find("gate");
  for (const pid_t pid : census_->Find("supervisor")) kill(pid, SIGSTOP);
  for (const pid_t pid : gate) kill(pid, SIGKILL);
  for (const pid_t pid : census_->Find("supervisor")) kill(pid, SIGKILL);
  EXPECT_TRUE(Await([&] { return RunAs(root_ + "/evil", 0).ran(); }))
      << "documented: the groups close, and the kernel asks nobody";
}

TEST_F(Chaos, AnswersTwoHundredExecsAtOnce) {
  std::vector<pid_t> all;
  for (int i = 0; i < 200; ++i) {
    const std::string path = fmt::format("{}/burst{}", root_, i);
    WriteProgram(path, TinyProgram() + (i % 2 == 0 ? "" : std::to_string(i)), 1000);
    const pid_t child = fork();
    if (child == 0) {
      alarm(60);
      tally_->Count(RunAs(path, 1000), i % 2 == 0);
      _exit(0);
    }
    all.push_back(child);
  }
  for (const pid_t child : all) waitpid(child, nullptr, 0);
  EXPECT_EQ(tally_->denied_ran, 0U) << tally_->ToString();
  EXPECT_EQ(tally_->allowed_ran, 100U) << tally_->ToString();
  EXPECT_EQ(tally_->stalled, 0U) << tally_->ToString();
}

TEST_F(Chaos, ReloadsWhileProgramsRun) {
  StartClients();
  const std::string policy = Policy();
  for (int i = 0; i < 100; ++i) {
    const auto loaded = service_->SetPolicy(policy);
    ASSERT_TRUE(loaded) << loaded.error().message;
  }
  tally_->ends = true;
  ExpectNoneLost();
  EXPECT_EQ(tally_->allowed_refused, 0U) << tally_->ToString();
}

}  // namespace
}  // namespace portcullis::testing
