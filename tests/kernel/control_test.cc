// SPDX-License-Identifier: Apache-2.0
// Asking the running service over its socket: what it tells, whom, and whatever befalls it
// meanwhile.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "api/control_client.h"
#include "base/unique_fd.h"
#include "enforcement/control_access.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {
namespace {

using api::AskForStatus;
using api::AskToReload;
using api::Metric;
using api::ServiceStatus;
using ::testing::HasSubstr;

constexpr unsigned kSeconds = 300;
constexpr uid_t kUser = 1000;
constexpr gid_t kGroup = 100;
constexpr size_t kAllowed = 0, kDenied = 1, kAudited = 2;  // of api::kVerdictKinds

class Control : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    setpgid(0, 0);  // by which its processes are told from others
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    // So that users come as far as the socket.
    std::filesystem::permissions(mounts_->scratch(), std::filesystem::perms(0755));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/good", TinyProgram(), kUser);
    WriteProgram(root_ + "/bad", TinyProgram() + "bad", kUser);
  }
  // What a killed supervisor left is nobody's child any more.
  void TearDown() override {
    service_.reset();
    if (mounts_) KillAll();
  }
  bool Start(const std::string& config = {}, std::vector<std::string> arguments = {}) {
    auto service = ServiceUnderTest::Start(
        *mounts_, {Allowing("/good"), {root_}, config, std::move(arguments)});
    EXPECT_TRUE(service) << service.error().message;
    if (!service) return false;
    service_ = std::move(*service);
    return true;
  }
  std::string Allowing(const std::string& name) const {
    return ExePolicy(HashRule("Allow", Sha256Of(root_ + name)));
  }
  RunOutcome Run(const std::string& name) const {
    return RunProgram({root_ + name}, {kUser, kUser, {}});
  }
  bool Await(const std::function<bool()>& holds, int tenths = 600) const {
    for (int i = 0; i < tenths; ++i) {
      if (holds()) return true;
      usleep(100'000);
    }
    return false;
  }
  // Counts come behind answers.
  std::optional<ServiceStatus> AwaitStatus(
      const std::function<bool(const ServiceStatus&)>& holds) const {
    std::optional<ServiceStatus> last;
    const bool held = Await([&] {
      const auto status = AskForStatus(service_->SocketPath());
      if (status) last = *status;
      return status && holds(*status);
    });
    if (held) return last;
    ADD_FAILURE() << (last ? StatusJson(*last) : "no status") << '\n' << service_->output();
    return std::nullopt;
  }
  bool AwaitGate() const {
    return AwaitStatus([](const ServiceStatus& now) { return now[Metric::kGateReady] == 1; })
        .has_value();
  }
  // Those that came of this test, whoever their parent is now.
  std::vector<pid_t> Processes() const {
    std::vector<pid_t> all;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid > 0 && pid != getpid() && getpgid(pid) == getpid()) all.push_back(pid);
    }
    return all;
  }
  pid_t Find(const std::string& name) const {
    for (const pid_t pid : Processes()) {
      const std::string stat = ReadWholeFile(fmt::format("/proc/{}/stat", pid));
      const size_t at = stat.find(" (" + name + ") ");
      if (at != stat.npos && stat.find(" (" + name + ") Z") == stat.npos) return pid;
    }
    return -1;
  }
  void KillAll() const {
    const std::vector<pid_t> all = Processes();
    for (const pid_t pid : all) kill(pid, SIGSTOP);
    for (const pid_t pid : all) kill(pid, SIGKILL);
  }
  // What `asks` returns, in a child that is this caller.
  int As(const Caller& caller, const std::function<int()>& asks) const {
    const pid_t child = fork();
    if (child == 0) {
      if (setgroups(caller.groups.size(), caller.groups.data()) != 0 ||
          setresgid(caller.gid, caller.gid, caller.gid) != 0 ||
          setresuid(caller.uid, caller.uid, caller.uid) != 0) {
        _exit(99);
      }
      _exit(asks());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  UniqueFd Connect() const {
    UniqueFd made(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    service_->SocketPath().copy(address.sun_path, sizeof(address.sun_path) - 1);
    // Refused where the line is full.
    static_cast<void>(connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)));
    return made;
  }
  bool Says(const std::string& text) const {
    return service_->output().find(text) != std::string::npos;
  }
  // What a command of the program prints.
  std::string Printed(const std::string& command) const {
    const std::string said = mounts_->scratch() + "/said";
    RunProgram(
        {"/bin/sh", "-c", fmt::format("'{}' {} > {}", Built("cli/portcullis"), command, said)});
    return ReadWholeFile(said);
  }

  std::optional<PrivateMounts> mounts_;
  std::string root_;
  std::unique_ptr<ServiceUnderTest> service_;
};

TEST_F(Control, StatusCountsWhatRan) {
  ASSERT_TRUE(Start());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Run("/good").ran());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(Run("/bad").refused());
  const auto status = AwaitStatus([](const ServiceStatus& now) {
    return now.Verdicts(kAllowed) >= 3 && now.Verdicts(kDenied) >= 2 && now.Answers() >= 5;
  });
  ASSERT_TRUE(status);
  EXPECT_EQ(status->Verdicts(kAllowed), 3U);
  EXPECT_EQ(status->Verdicts(kDenied), 2U);
  EXPECT_EQ(status->Verdicts(kAudited), 0U);
  EXPECT_EQ((*status)[api::VerdictMetric(kDenied, 0)], 2U);
  EXPECT_EQ((*status)[Metric::kQuestions], 5U);
  EXPECT_EQ(status->Answers(), 5U);
  EXPECT_GT(status->latency_sum_ns, 0U);
  EXPECT_EQ(status->policy.files, std::vector<std::string>{service_->PolicyPath()});
  ASSERT_EQ(status->policy.collections.size(), 1U);
  EXPECT_EQ(status->policy.collections[0], (api::CollectionStatus{"Exe", "Enabled", 1}));
  EXPECT_EQ((*status)[Metric::kGeneration], 1U);
  EXPECT_EQ((*status)[Metric::kMarkedFileSystems], 1U);
  EXPECT_EQ((*status)[Metric::kEnforcing], 1U);
  EXPECT_EQ((*status)[Metric::kGateReady], 1U);
  EXPECT_EQ((*status)[Metric::kGateRestarts], 0U);
  EXPECT_FALSE(status->version.empty());
}

TEST_F(Control, StatusCountsWhatIsOnlyObserved) {
  ASSERT_TRUE(Start("", {"--observe"}));
  // What is only observed may be over before it is looked at: it is run until it was seen.
  const auto status = AwaitStatus([this](const ServiceStatus& now) {
    return now.Verdicts(kAudited) > 0 || !Run("/bad").ran();
  });
  ASSERT_TRUE(status);
  EXPECT_GE((*status)[api::VerdictMetric(kAudited, 4)], 1U);
  EXPECT_EQ((*status)[Metric::kEnforcing], 0U);
  EXPECT_EQ((*status)[Metric::kQuestions], 0U);
  EXPECT_EQ(status->Answers(), 0U);
}

TEST_F(Control, CommandPrintsWhatTheServiceSays) {
  ASSERT_TRUE(Start());
  EXPECT_TRUE(Run("/bad").refused());
  ASSERT_TRUE(AwaitStatus([](const ServiceStatus& now) { return now.Verdicts(kDenied) == 1; }));
  const auto print = [&](const std::string& format) {
    return Printed(fmt::format("status --format {} --socket {}", format, service_->SocketPath()));
  };
  EXPECT_THAT(print("table"), HasSubstr("0 allowed, 1 denied, 0 audited"));
  EXPECT_THAT(print("json"), HasSubstr("\"verdicts_total_denied_decision\":1"));
  EXPECT_THAT(
      print("prometheus"),
      HasSubstr("portcullis_verdicts_total{verdict=\"denied\",answered_by=\"decision\"} 1\n"));
}

TEST_F(Control, ReloadsWhenAsked) {
  ASSERT_TRUE(Start());
  for (uint64_t generation = 2; generation < 5; ++generation) {
    const std::string name = generation % 2 == 0 ? "/bad" : "/good";
    ASSERT_TRUE(service_->WritePolicy(Allowing(name)));
    const auto reloaded = AskToReload(service_->SocketPath());
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_EQ(*reloaded, generation);
    EXPECT_TRUE(Run(name).ran()) << "in force once the answer is there";
  }
  const auto status =
      AwaitStatus([](const ServiceStatus& now) { return now[Metric::kReloadsDone] == 3; });
  ASSERT_TRUE(status);
  EXPECT_EQ((*status)[Metric::kGeneration], 4U);
}

TEST_F(Control, SaysWhyAPolicyIsRefusedAndTheFormerStays) {
  ASSERT_TRUE(Start());
  ASSERT_TRUE(service_->WritePolicy("<AppLockerPolicy Version=\"1\"><No/></AppLockerPolicy>"));
  const auto refused = AskToReload(service_->SocketPath());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
  EXPECT_THAT(refused.error().message, HasSubstr("policy.xml"));
  EXPECT_TRUE(Run("/good").ran());
  EXPECT_TRUE(Run("/bad").refused());
  const auto status = AwaitStatus([](const ServiceStatus& now) { return !now.refused.empty(); });
  ASSERT_TRUE(status);
  EXPECT_EQ(status->refused, refused.error().message);
  EXPECT_EQ((*status)[Metric::kReloadsRefused], 1U);
  ASSERT_TRUE(service_->WritePolicy(Allowing("/bad")));
  EXPECT_TRUE(AskToReload(service_->SocketPath()));
  EXPECT_TRUE(AwaitStatus([](const ServiceStatus& now) { return now.refused.empty(); }));
}

TEST_F(Control, TellsWhoMayNotAsk) {
  ASSERT_TRUE(Start());
  const std::string path = service_->SocketPath();
  const auto is_untrusted = [](const auto& result) {
    if (result) return 1;
    if (result.error().message.find("root alone") == std::string::npos) return 2;
    return result.error().code == ErrorCode::kUntrusted ? 0 : 3;
  };
  for (int i = 0; i < 20; ++i) {  // whichever is first, the request or the answer
    EXPECT_EQ(As({kUser, kUser, {kGroup}}, [&] { return is_untrusted(AskForStatus(path)); }), 0);
    EXPECT_EQ(As({kUser, kUser, {}}, [&] { return is_untrusted(AskToReload(path)); }), 0);
  }
  EXPECT_FALSE(Says("\"reloaded\""));
}

TEST_F(Control, LetsTheGroupAskForTheStatusAlone) {
  const group* const named = getgrgid(kGroup);
  ASSERT_NE(named, nullptr);
  ASSERT_TRUE(Start(fmt::format("control-group = {}\n", named->gr_name)));
  const std::string path = service_->SocketPath();
  const Caller member{kUser, kUser, {kGroup}};
  EXPECT_EQ(As(member, [&] { return AskForStatus(path) ? 0 : 1; }), 0);
  EXPECT_EQ(As({kUser, kGroup, {}}, [&] { return AskForStatus(path) ? 0 : 1; }), 0);
  EXPECT_EQ(As(member,
               [&] {
                 const auto refused = AskToReload(path);
                 return !refused && refused.error().code == ErrorCode::kUntrusted ? 0 : 1;
               }),
            0);
  EXPECT_EQ(As({kUser, kUser, {}}, [&] { return AskForStatus(path) ? 1 : 0; }), 0);
}

TEST_F(Control, AnswersRootWhateverOthersDo) {
  ASSERT_TRUE(Start(fmt::format("control-group = {}\n", getgrgid(kGroup)->gr_name)));
  // Members that connect and say nothing, from many accounts.
  std::vector<pid_t> silent;
  for (uid_t uid = kUser; uid < kUser + 10; ++uid) {
    const pid_t child = fork();
    if (child == 0) {
      if (setresgid(kGroup, kGroup, kGroup) != 0 || setresuid(uid, uid, uid) != 0) _exit(1);
      for (;;) {
        std::vector<UniqueFd> held;
        for (int i = 0; i < 10; ++i) held.push_back(Connect());
        usleep(100'000);
      }
    }
    silent.push_back(child);
  }
  // Root's own that say nothing, garbage, too much, a part, and that do not read.
  std::vector<UniqueFd> held;
  const std::string request = EncodeRequest(api::ControlRequest::kStatus);
  for (const std::string& said :
       {std::string(), std::string("\0\xff\x7f", 3), std::string(100'000, 'x'),
        request.substr(0, 10), request, request + "x"}) {
    for (int i = 0; i < 20; ++i) {
      held.push_back(Connect());
      if (!said.empty()) send(held.back().get(), said.data(), said.size(), MSG_NOSIGNAL);
    }
  }
  for (int i = 0; i < 30; ++i) {
    const auto status = AskForStatus(service_->SocketPath());
    EXPECT_TRUE(status) << status.error().message;
  }
  EXPECT_TRUE(AskToReload(service_->SocketPath()));
  EXPECT_TRUE(Run("/good").ran());
  for (const pid_t child : silent) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  const auto status = AskForStatus(service_->SocketPath());
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ((*status)[Metric::kControlRestarts], 0U);
}

TEST_F(Control, IsReplacedWhenItIsKilled) {
  ASSERT_TRUE(Start());
  for (uint64_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(Await([&] { return Find("control") > 0; }));
    kill(Find("control"), SIGKILL);
    const auto status = AwaitStatus(
        [&](const ServiceStatus& now) { return now[Metric::kControlRestarts] == round; });
    ASSERT_TRUE(status);
    EXPECT_EQ((*status)[Metric::kGateRestarts], 0U);
  }
  EXPECT_TRUE(AskToReload(service_->SocketPath()));
}

TEST_F(Control, HoldsNothingItCouldWriteTheCountsBy) {
  ASSERT_TRUE(Start());
  ASSERT_TRUE(AskForStatus(service_->SocketPath()));
  std::istringstream maps(ReadWholeFile(fmt::format("/proc/{}/maps", Find("control"))));
  size_t written = 0, read = 0;
  std::string all;
  for (std::string line; std::getline(maps, line); all += line + '\n') {
    if (line.find(" rw-s ") != std::string::npos) ++written;
    if (line.find(" r--s ") != std::string::npos) ++read;
  }
  EXPECT_EQ(written, 1U) << "its pulse alone\n" << all;
  EXPECT_EQ(read, 1U) << "the page of metrics\n" << all;
}

TEST_F(Control, CountsRestartsOfTheOthers) {
  ASSERT_TRUE(Start());
  const auto await = [&](Metric metric) {
    return AwaitStatus([&](const ServiceStatus& now) { return now[metric] == 1; }).has_value() &&
           AwaitGate();
  };
  kill(Find("gate"), SIGKILL);
  ASSERT_TRUE(await(Metric::kGateRestarts));
  kill(Find("journal"), SIGKILL);
  ASSERT_TRUE(await(Metric::kJournalRestarts));
  kill(Find("supervisor"), SIGKILL);
  ASSERT_TRUE(await(Metric::kSupervisorRestarts));
}

TEST_F(Control, ShowsWhatTheJournalCanNotStoreAndWhatItLost) {
  const std::string disk = mounts_->scratch() + "/small";
  std::filesystem::create_directory(disk);
  ASSERT_EQ(mount("none", disk.c_str(), "tmpfs", 0, "size=64k"), 0);
  ASSERT_TRUE(Start("state-directory = " + disk + "\n"));
  EXPECT_TRUE(Run("/bad").refused());
  const auto full =
      AwaitStatus([](const ServiceStatus& now) { return now[Metric::kEventWritesFailed] > 0; });
  ASSERT_TRUE(full);
  EXPECT_EQ((*full)[Metric::kEventsDropped], 0U) << "it keeps them, and tries again";
  kill(Find("journal"), SIGKILL);  // and they go with it
  EXPECT_TRUE(
      AwaitStatus([](const ServiceStatus& now) { return now[Metric::kEventsDropped] > 0; }));
}

// ---- Reloads, whatever dies meanwhile.

TEST_F(Control, ReloadsThoughTheGateDies) {
  ASSERT_TRUE(Start());
  for (int round = 0; round < 5; ++round) {
    const std::string name = round % 2 == 0 ? "/bad" : "/good";
    ASSERT_TRUE(service_->WritePolicy(Allowing(name)));
    std::thread killer([gate = Find("gate"), round] {
      usleep(static_cast<useconds_t>(round * 500));
      kill(gate, SIGKILL);
    });
    const auto reloaded = AskToReload(service_->SocketPath());
    killer.join();
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_TRUE(Await([&] { return Run(name).ran(); })) << "round " << round;
    ASSERT_TRUE(AwaitGate());
  }
}

TEST_F(Control, SaysThatNoGateCanStart) {
  ASSERT_TRUE(Start());
  ASSERT_TRUE(service_->WritePolicy("<AppLocker"));
  kill(Find("gate"), SIGKILL);
  ASSERT_TRUE(AwaitStatus([](const ServiceStatus& now) { return now[Metric::kGateReady] == 0; }));
  EXPECT_TRUE(Run("/good").refused());
  constexpr size_t kFailurePolicy = 2;  // of api::kAnsweredBy
  EXPECT_TRUE(AwaitStatus([](const ServiceStatus& now) {
    return now[api::VerdictMetric(kDenied, kFailurePolicy)] > 0;
  }));
  const auto refused = AskToReload(service_->SocketPath());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("policy.xml"));
  ASSERT_TRUE(service_->WritePolicy(Allowing("/good")));
  const auto reloaded = AskToReload(service_->SocketPath());
  EXPECT_TRUE(reloaded) << reloaded.error().message;
  EXPECT_TRUE(Run("/good").ran());
}

TEST_F(Control, ReloadsThoughTheSupervisorDies) {
  ASSERT_TRUE(Start());
  for (int round = 0; round < 5; ++round) {
    const std::string name = round % 2 == 0 ? "/bad" : "/good";
    ASSERT_TRUE(service_->WritePolicy(Allowing(name)));
    const pid_t supervisor = Find("supervisor");
    std::thread killer([supervisor, round] {
      usleep(static_cast<useconds_t>(round * 500));
      kill(supervisor, SIGKILL);
    });
    const auto reloaded = AskToReload(service_->SocketPath());
    killer.join();
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_TRUE(Run(name).ran()) << "round " << round;
    ASSERT_TRUE(Await([&] { return Find("supervisor") > 0 && Find("supervisor") != supervisor; }));
  }
}

TEST_F(Control, ObeysAHangUpThoughTheSupervisorDies) {
  ASSERT_TRUE(Start());
  for (int round = 0; round < 4; ++round) {
    const std::string name = round % 2 == 0 ? "/bad" : "/good";
    ASSERT_TRUE(service_->WritePolicy(Allowing(name)));
    const pid_t supervisor = Find("supervisor");
    kill(supervisor, SIGHUP);
    usleep(static_cast<useconds_t>(round * 500));
    kill(supervisor, SIGKILL);
    EXPECT_TRUE(Await([&] { return Run(name).ran(); })) << "round " << round << service_->output();
    ASSERT_TRUE(Await([&] { return Find("supervisor") > 0 && Find("supervisor") != supervisor; }));
  }
}

TEST_F(Control, ObeysAHangUpThoughTheGateDies) {
  ASSERT_TRUE(Start());
  for (int round = 0; round < 4; ++round) {
    const std::string name = round % 2 == 0 ? "/bad" : "/good";
    ASSERT_TRUE(service_->WritePolicy(Allowing(name)));
    kill(Find("supervisor"), SIGHUP);
    usleep(static_cast<useconds_t>(round * 500));
    kill(Find("gate"), SIGKILL);
    EXPECT_TRUE(Await([&] { return Run(name).ran(); })) << "round " << round << service_->output();
    ASSERT_TRUE(AwaitGate());
  }
}

TEST_F(Control, AnswersManyWhoAskAtOnce) {
  ASSERT_TRUE(Start());
  std::vector<std::thread> askers;
  std::atomic<int> answered{0};
  for (size_t i = 0; i < enforcement::kMaxClientsOfUser; ++i) {
    askers.emplace_back([&] {
      if (AskToReload(service_->SocketPath())) ++answered;
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(answered, static_cast<int>(enforcement::kMaxClientsOfUser));
}

// ---- The socket itself.

TEST_F(Control, LeavesTheSocketOfAnotherServiceAlone) {
  const std::string path = mounts_->scratch() + "/shared/control.sock";
  ASSERT_TRUE(Start("control-socket = " + path + "\n"));
  auto first = std::move(service_);
  ASSERT_TRUE(Start("control-socket = " + path + "\n"));
  EXPECT_TRUE(Says("another service listens there")) << service_->output();
  const auto status = AskForStatus(path);
  ASSERT_TRUE(status) << status.error().message;
  EXPECT_EQ(status->policy.files, std::vector<std::string>{first->PolicyPath()});
  EXPECT_TRUE(service_->Stop());
  EXPECT_TRUE(AskForStatus(path)) << "the second took nothing with it";
  EXPECT_TRUE(first->Stop());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(Control, ReplacesTheSocketOfAServiceThatIsGone) {
  const std::string path = mounts_->scratch() + "/shared/control.sock";
  ASSERT_TRUE(Start("control-socket = " + path + "\n"));
  KillAll();
  ASSERT_TRUE(Await([&] {
    const auto status = AskForStatus(path);
    return !status && status.error().code == ErrorCode::kNotFound;
  }));
  EXPECT_TRUE(std::filesystem::exists(path));
  service_.reset();
  ASSERT_TRUE(Start("control-socket = " + path + "\n"));
  EXPECT_TRUE(AskForStatus(path));
}

TEST_F(Control, MayBeNone) {
  ASSERT_TRUE(Start("control-socket = none\n"));
  EXPECT_TRUE(Run("/good").ran());
  EXPECT_LT(Find("control"), 0);
  EXPECT_FALSE(std::filesystem::exists(service_->SocketPath()));
}

TEST_F(Control, TellsTheDoctorOfANewerPolicy) {
  ASSERT_TRUE(Start());
  const std::string config = mounts_->scratch() + "/doctor.conf";
  std::ofstream(config) << "file-system = " << root_
                        << "\ncontrol-socket = " << service_->SocketPath() << "\n";
  const auto doctor = [&] {
    return Printed(fmt::format("doctor --format json --policy {} --config {}",
                               service_->PolicyPath(), config));
  };
  EXPECT_THAT(doctor(), HasSubstr("runs, with generation 1 of its policy in force"));
  ASSERT_TRUE(service_->WritePolicy(Allowing("/bad")));
  EXPECT_THAT(doctor(), HasSubstr("changed after the policy in force was read from it"));
  ASSERT_TRUE(AskToReload(service_->SocketPath()));
  EXPECT_THAT(doctor(), HasSubstr("runs, with generation 2 of its policy in force"));
}

}  // namespace
}  // namespace portcullis::testing
