// SPDX-License-Identifier: Apache-2.0
// The processes of the service around a gate that decides by a file's name: what each death and
// each standstill ends in. The real gate's share of it is in chaos_test.cc.
#include "enforcement/service_processes.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "enforcement/heartbeat.h"
#include "enforcement/socket_message.h"
#include "tests/kernel/private_mounts.h"
#include "tests/kernel/process_session.h"
#include "tests/kernel/run_program.h"

namespace portcullis::enforcement {
namespace {

using portcullis::testing::PrivateMounts;
using portcullis::testing::ProcessSession;
using portcullis::testing::RunOutcome;
using portcullis::testing::RunProgram;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kBudget{1000};
// What a busy machine may add to the budget before a test calls it a stall.
constexpr milliseconds kMargin{2000};
constexpr unsigned kTestSeconds = 100;

// Denies "denied", stands still over "hang", dies over "crash"; one thread for everything. Told to
// stop, it goes on while there is a file "slow".
class GateByName final : public GateBody {
 public:
  GateByName(GateSetup setup, std::string marked)
      : setup_(std::move(setup)), marked_(std::move(marked)) {}

  Result<void> Run() override {
    setup_.shared->BeginToRead();
    TRY(setup_.load_policies());
    TRY_VOID(setup_.permission->MarkFileSystem(marked_.c_str(), MarkedEvents::kExec));
    setup_.shared->BeginToAsk();
    setup_.shared->gate_is_ready = true;
    const StartedInspector inspector = TRY(setup_.start_inspector());
    while (!stops_) {
      setup_.shared->heartbeat_ns = MonotonicNs();
      if (!WaitReadable(setup_.permission->fd(), 20)) continue;
      for (KernelEvent& event : TRY(setup_.permission->Read())) Answer(std::move(event));
    }
    return setup_.permission->RemoveAllMarks();
  }
  Result<uint64_t> Reload() override {
    TRY(setup_.load_policies());
    return 7;
  }
  void Stop() override {
    [[maybe_unused]] const auto removed = setup_.permission->RemoveAllMarks();
    setup_.shared->EndAsking();
    while (std::filesystem::exists(marked_ + "/slow")) usleep(1000);
    stops_ = true;
  }

 private:
  void Answer(KernelEvent event) {
    const std::string name =
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(event.file.get()))
            .filename();
    if (name == "hang") std::ofstream(marked_ + "/hangs") << "x";
    while (name == "hang") pause();
    if (name == "crash") std::abort();
    [[maybe_unused]] const auto responded = setup_.permission->Respond(
        event.file.get(),
        name == "denied" ? enforcement::Answer::kDeny : enforcement::Answer::kAllow);
  }

  GateSetup setup_;
  std::string marked_;
  std::atomic<bool> stops_{false};
};

// The service in a session of its own, on one tmpfs of this test.
class ServiceProcesses : public ::testing::Test {
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
    marked_ = *marked;
    scratch_ = mounts->scratch();
    for (const char* name : {"allowed", "denied", "hang", "crash"}) {
      std::filesystem::copy_file("/bin/true", marked_ + "/" + name);
    }
    setup_.service.budget = kBudget;
    setup_.load_policies = [this]() -> Result<std::vector<NamedPolicy>> {
      if (std::filesystem::exists(scratch_ + "/broken"))
        return Fail(ErrorCode::kMalformed, "broken");
      return std::vector<NamedPolicy>();
    };
    setup_.report = [this](const ServiceEvent& event) {
      std::ofstream(scratch_ + "/report", std::ios::app) << event.text << '\n';
    };
    setup_.at_end = [this] { std::ofstream(scratch_ + "/at_end") << "end"; };
    setup_.load_trust = [this]() -> Result<TrustStore> {
      std::ofstream(scratch_ + "/report", std::ios::app) << "anchors begin\n";
      while (std::filesystem::exists(scratch_ + "/hold")) usleep(1000);
      std::ofstream(scratch_ + "/report", std::ios::app) << "anchors end\n";
      return TrustStore();
    };
    setup_.records = {[](const DecisionRecord&) {}, [](uint64_t) {}};
  }

  int RunHere() {
    alarm(kTestSeconds);
    const auto ended = RunServiceWith(setup_, [this](GateSetup setup) {
      std::ofstream(scratch_ + "/report", std::ios::app) << "gate begins\n";
      return std::make_unique<GateByName>(std::move(setup), marked_);
    });
    if (!ended) std::ofstream(scratch_ + "/failure") << ended.error().message;
    return ended ? 0 : 1;
  }
  void StartUnready() {
    session_ = ProcessSession::Start([this] { return RunHere(); });
  }
  // Whether it became ready.
  bool Start() {
    StartUnready();
    return AwaitReady();
  }
  bool AwaitReady() {
    return Await([this] { return Run("denied").refused(); });
  }
  bool Await(const std::function<bool()>& holds) {
    for (int i = 0; i < 400; ++i) {
      if (holds()) return true;
      usleep(25'000);
    }
    return false;
  }
  RunOutcome Run(const std::string& name) { return RunProgram({marked_ + "/" + name}); }

  // Neither stalls nor lets the denied one run, until both are answered as they should be.
  void ExpectRecovery() {
    bool recovered = false;
    for (int i = 0; i < 200 && !recovered; ++i) {
      const RunOutcome denied = Run("denied");
      EXPECT_TRUE(denied.refused()) << ToString(denied);
      EXPECT_LT(denied.took, kBudget + kMargin);
      const RunOutcome allowed = Run("allowed");
      EXPECT_LT(allowed.took, kBudget + kMargin);
      recovered = allowed.ran() && session_->Find("gate").size() == 1 &&
                  session_->Find("supervisor").size() == 1;
      if (!recovered) usleep(10'000);
    }
    EXPECT_TRUE(recovered) << session_->Describe() << Said();
  }
  std::string Said() const { return portcullis::testing::ReadWholeFile(scratch_ + "/report"); }
  size_t Times(const std::string& text) const {
    const std::string said = Said();
    size_t count = 0;
    for (size_t at = 0; (at = said.find(text, at)) != std::string::npos; ++at) ++count;
    return count;
  }
  void Signal(const std::string& name, int signal) {
    for (const pid_t pid : session_->Find(name)) kill(pid, signal);
  }

  std::string marked_, scratch_;
  ServiceSetup setup_;
  std::unique_ptr<ProcessSession> session_;
};

TEST_F(ServiceProcesses, AskTheGate) {
  ASSERT_TRUE(Start());
  EXPECT_TRUE(Run("allowed").ran());
  EXPECT_EQ(Run("denied").error, EPERM);
  EXPECT_EQ(session_->Find("inspector").size(), 1U);
}

// Who can write the page that supervisor and gate share decides who is not asked about.
TEST_F(ServiceProcesses, HideTheSharedPageFromInspectors) {
  ASSERT_TRUE(Start());
  ASSERT_TRUE(Await([this] { return session_->Find("inspector").size() == 1; }));
  const auto maps = [this](const char* name) {
    return portcullis::testing::ReadWholeFile(
        "/proc/" + std::to_string(session_->Find(name).front()) + "/maps");
  };
  EXPECT_THAT(maps("gate"), ::testing::HasSubstr("rw-s"));
  EXPECT_THAT(maps("inspector"), ::testing::HasSubstr("[stack]"));
  EXPECT_TRUE(Await([&] { return maps("inspector").find("rw-s") == std::string::npos; }))
      << maps("inspector");
}

TEST_F(ServiceProcesses, EndOrderly) {
  ASSERT_TRUE(Start());
  EXPECT_EQ(session_->Stop(), 0);
  EXPECT_TRUE(Run("denied").ran()) << "no mark is left";
  EXPECT_EQ(portcullis::testing::ReadWholeFile(scratch_ + "/at_end"), "end");
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
}

// The session's leader, unlike a shell's job, has nobody who could wake it: such are never stopped.
TEST_F(ServiceProcesses, AreNotStoppedByATerminal) {
  session_ = ProcessSession::Start([this] {
    const pid_t job = fork();
    if (job == 0) {
      setpgid(0, 0);
      _exit(RunHere());
    }
    int status = 0;
    return waitpid(job, &status, 0) == job && status == 0 ? 0 : 1;
  });
  ASSERT_TRUE(AwaitReady());
  for (const int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) {
    Signal("supervisor", signal);
    Signal("gate", signal);
    Signal("inspector", signal);
    usleep(50'000);
    EXPECT_THAT(session_->Describe(), ::testing::Not(::testing::HasSubstr(" T "))) << signal;
  }
  for (const pid_t pid : session_->All()) kill(pid, SIGCONT);
  Signal("gate", SIGQUIT);
  Signal("supervisor", SIGQUIT);
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
  EXPECT_EQ(portcullis::testing::ReadWholeFile(scratch_ + "/at_end"), "end") << "an orderly end";
}

TEST_F(ServiceProcesses, EndThoughTheSupervisorDiesMeanwhile) {
  ASSERT_TRUE(Start());
  std::ofstream(marked_ + "/slow") << "x";
  const auto former = session_->Find("supervisor");
  Signal("supervisor", SIGTERM);
  ASSERT_TRUE(Await([&] { return Said().find("the service stops") != std::string::npos; }));
  Signal("supervisor", SIGKILL);
  ASSERT_TRUE(Await([&] { return Said().find("replaced") != std::string::npos; })) << Said();
  std::filesystem::remove(marked_ + "/slow");
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe() << Said();
  EXPECT_EQ(Times("gate begins"), 1U) << Said();
}

TEST_F(ServiceProcesses, FailByPolicyWhenToldTwiceToStop) {
  ASSERT_TRUE(Start());
  std::unique_ptr<ProcessSession> asker =
      ProcessSession::Start([this] { return RunProgram({marked_ + "/hang"}).refused() ? 0 : 1; });
  ASSERT_TRUE(Await([this] { return std::filesystem::exists(marked_ + "/hangs"); }));
  Signal("supervisor", SIGTERM);
  ASSERT_TRUE(Await([&] { return Said().find("the service stops") != std::string::npos; }));
  Signal("supervisor", SIGTERM);
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe() << Said();
  EXPECT_EQ(asker->Wait(), 0) << "not allowed by the end of the groups";
}

TEST_F(ServiceProcesses, GoOnWhenNobodyReadsWhatTheySay) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const UniqueFd reads(ends[0]), writes(ends[1]);
  fcntl(writes.get(), F_SETFL, O_NONBLOCK);
  const std::string much(4096, 'x');
  while (write(writes.get(), much.data(), much.size()) > 0) {
  }
  fcntl(writes.get(), F_SETFL, 0);
  setup_.report = nullptr;
  session_ = ProcessSession::Start([&] { return dup2(writes.get(), 2) == 2 ? RunHere() : 1; });
  ASSERT_TRUE(AwaitReady());
  Signal("gate", SIGKILL);
  ExpectRecovery();
  Signal("gate", SIGSTOP);
  ExpectRecovery();
  EXPECT_EQ(session_->Stop(), 0);
}

TEST_F(ServiceProcesses, LoadAnchorsAgainThatChangedWhileTheyWereLoaded) {
  ASSERT_TRUE(Start());
  std::ofstream(scratch_ + "/hold") << "x";
  Signal("supervisor", SIGHUP);
  ASSERT_TRUE(Await([this] { return Times("anchors begin") == 2; }));
  Signal("supervisor", SIGHUP);
  usleep(100'000);  // one that came later would be no test
  std::filesystem::remove(scratch_ + "/hold");
  EXPECT_TRUE(Await([this] { return Times("loaded anew") > 0; })) << Said();
  EXPECT_EQ(Times("anchors end"), 3U) << Said();
}

// A lock that the loader holds would be held in the child for ever.
TEST_F(ServiceProcesses, ForkNoGateWhileAnchorsAreLoaded) {
  ASSERT_TRUE(Start());
  std::ofstream(scratch_ + "/hold") << "x";
  Signal("supervisor", SIGHUP);
  ASSERT_TRUE(Await([this] { return Times("anchors begin") == 2; }));
  Signal("gate", SIGKILL);
  ASSERT_TRUE(Await([this] { return session_->Find("gate").empty(); }));
  usleep(300'000);
  std::filesystem::remove(scratch_ + "/hold");
  ExpectRecovery();
  const std::string said = Said();
  EXPECT_LT(said.rfind("anchors end"), said.rfind("gate begins")) << said;
}

// SIGIO ends a process that does not block it; the kernel sends it to whichever thread has it open.
TEST_F(ServiceProcesses, BlockTheLeasesSignalsInEveryThreadOfTheGate) {
  ASSERT_TRUE(Start());
  const std::string tasks = "/proc/" + std::to_string(session_->Find("gate").front()) + "/task";
  int count = 0;
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    const std::string status = portcullis::testing::ReadWholeFile(task.path() / "status");
    const size_t at = status.find("SigBlk:\t");
    ASSERT_NE(at, std::string::npos);
    const uint64_t blocked = std::stoull(status.substr(at + 8), nullptr, 16);
    EXPECT_TRUE((blocked >> (SIGIO - 1) & 1) != 0) << status;
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST_F(ServiceProcesses, EndByThemselvesWhenTheTimeIsOver) {
  setup_.run_for = milliseconds(1500);
  ASSERT_TRUE(Start());
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
  EXPECT_TRUE(Run("denied").ran());
}

TEST_F(ServiceProcesses, DoNotStartWithoutAPolicy) {
  std::ofstream(scratch_ + "/broken") << "x";
  StartUnready();
  EXPECT_TRUE(Await([this] { return std::filesystem::exists(scratch_ + "/failure"); }));
  EXPECT_EQ(session_->Stop(), 1 << 8);
  EXPECT_EQ(portcullis::testing::ReadWholeFile(scratch_ + "/failure"), "broken");
  EXPECT_TRUE(Run("denied").ran());
}

TEST_F(ServiceProcesses, ReplaceAKilledGate) {
  ASSERT_TRUE(Start());
  for (int i = 0; i < 5; ++i) {
    Signal("gate", SIGKILL);
    ExpectRecovery();
  }
}

TEST_F(ServiceProcesses, ReplaceAStoppedGate) {
  ASSERT_TRUE(Start());
  for (int i = 0; i < 3; ++i) {
    Signal("gate", SIGSTOP);
    ExpectRecovery();
  }
}

TEST_F(ServiceProcesses, DenyWhatTheGateHangsOrCrashesOver) {
  ASSERT_TRUE(Start());
  for (const char* name : {"hang", "crash"}) {
    const RunOutcome outcome = Run(name);
    EXPECT_TRUE(outcome.refused()) << name << ": " << ToString(outcome);
    EXPECT_LT(outcome.took, kBudget + kMargin);
    ExpectRecovery();
  }
}

TEST_F(ServiceProcesses, AllowWhatTheGateHangsOverWhereThePolicySaysSo) {
  setup_.service.failure_policy = FailurePolicy::kAllow;
  ASSERT_TRUE(Start());
  EXPECT_TRUE(Run("hang").ran());
}

TEST_F(ServiceProcesses, ReplaceAKilledSupervisor) {
  ASSERT_TRUE(Start());
  for (int i = 0; i < 3; ++i) {
    const auto before = session_->Find("supervisor");
    Signal("supervisor", SIGKILL);
    ASSERT_TRUE(Await([&] {
      const auto now = session_->Find("supervisor");
      return now.size() == 1 && now != before;
    }));
    ExpectRecovery();
    Signal("gate", SIGKILL);
    ExpectRecovery();
  }
}

TEST_F(ServiceProcesses, ReplaceAStoppedSupervisor) {
  ASSERT_TRUE(Start());
  const auto before = session_->Find("supervisor");
  Signal("supervisor", SIGSTOP);
  ASSERT_TRUE(Await([&] {
    const auto now = session_->Find("supervisor");
    return now.size() == 1 && now != before;
  })) << session_->Describe();
  ExpectRecovery();
  Signal("gate", SIGSTOP);
  ExpectRecovery();
}

TEST_F(ServiceProcesses, ObeyTheSupervisorThatTheGateForked) {
  ASSERT_TRUE(Start());
  Signal("supervisor", SIGKILL);
  ASSERT_TRUE(Await([&] { return Said().find("replaced") != std::string::npos; }));
  Signal("supervisor", SIGHUP);
  EXPECT_TRUE(Await([&] { return Said().find("loaded anew") != std::string::npos; })) << Said();
  Signal("supervisor", SIGTERM);
  EXPECT_TRUE(Await([this] { return session_->All().empty(); })) << session_->Describe();
  EXPECT_TRUE(Run("denied").ran());
}

TEST_F(ServiceProcesses, FailByPolicyWhileNoGateCanStart) {
  ASSERT_TRUE(Start());
  std::ofstream(scratch_ + "/broken") << "x";
  Signal("gate", SIGKILL);
  ASSERT_TRUE(Await([&] { return Said().find("can not start: broken") != std::string::npos; }));
  for (int i = 0; i < 20; ++i) {
    const RunOutcome outcome = Run("allowed");
    EXPECT_TRUE(outcome.refused()) << ToString(outcome);
    EXPECT_LT(outcome.took, kBudget + kMargin);
  }
  std::filesystem::remove(scratch_ + "/broken");
  EXPECT_TRUE(Await([this] { return Run("allowed").ran(); })) << "and recovers when it can";
}

TEST_F(ServiceProcesses, KeepTheFormerPoliciesWhenNewOnesAreRefused) {
  ASSERT_TRUE(Start());
  std::ofstream(scratch_ + "/broken") << "x";
  Signal("supervisor", SIGHUP);
  EXPECT_TRUE(
      Await([&] { return Said().find("former policies stay: broken") != std::string::npos; }));
  EXPECT_TRUE(Run("allowed").ran());
  EXPECT_TRUE(Run("denied").refused());
}

TEST_F(ServiceProcesses, LetEverythingRunWhenBothDie) {
  ASSERT_TRUE(Start());
  Signal("supervisor", SIGSTOP);
  Signal("gate", SIGKILL);
  Signal("supervisor", SIGKILL);
  EXPECT_TRUE(Await([this] { return Run("denied").ran(); }))
      << "documented: the kernel asks nobody";
}

TEST_F(ServiceProcesses, TellTheServiceManager) {
  const UniqueFd manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = scratch_ + "/notify";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  setenv("WATCHDOG_USEC", "400000", 1);
  ASSERT_TRUE(Start());
  std::string heard;
  for (int i = 0; i < 100 && heard.find("STOPPING=1") == std::string::npos; ++i) {
    char buffer[256];
    if (heard.find("READY=1|WATCHDOG=1") != std::string::npos) kill(session_->leader(), SIGTERM);
    if (!WaitReadable(manager.get(), 200)) continue;
    const ssize_t size = recv(manager.get(), buffer, sizeof(buffer), 0);
    if (size > 0) heard += std::string(buffer, static_cast<size_t>(size)) + "|";
  }
  EXPECT_NE(heard.find("READY=1|WATCHDOG=1|"), std::string::npos) << heard;
  EXPECT_NE(heard.find("STOPPING=1"), std::string::npos) << heard;
}

}  // namespace
}  // namespace portcullis::enforcement
