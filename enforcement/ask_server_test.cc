// SPDX-License-Identifier: Apache-2.0
// The server without a kernel that asks: clients are this process and children of it, and the
// inspectors answer when the test says so.
#include "enforcement/ask_server.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "api/portcullis.h"
#include "base/byte_source.h"
#include "base/clock.h"
#include "enforcement/control.h"
#include "policy/applocker/policy_reader.h"

namespace portcullis::enforcement {
namespace {

constexpr const char* kPolicy = R"(<AppLockerPolicy Version="1">
<RuleCollection Type="Script" EnforcementMode="Enabled">
 <FileHashRule Id="00000000-0000-4000-8000-000000000001" Name="by hash" Description="" UserOrGroupSid="S-1-1-0" Action="Allow">
  <Conditions><FileHashCondition><FileHash Type="SHA256" Data="0x0000000000000000000000000000000000000000000000000000000000000000"
   SourceFileName="x" SourceFileLength="1"/></FileHashCondition></Conditions></FileHashRule>
</RuleCollection></AppLockerPolicy>)";
constexpr uid_t kUser = 1000;
// So long nobody waits in vain.
constexpr timeval kPatience{10, 0};

ForcePtr Force() {
  std::vector<NamedPolicy> policies(1);
  policies[0].name = "policy.xml";
  policies[0].policy =
      applocker::ReadPolicyOrFail(MemorySource(AsBytes(std::string_view(kPolicy)))).value();
  return PolicyInForce::Build(std::move(policies), 1).value();
}

// A script whose hash is 0.
FileIdentity Approved() {
  FileIdentity identity;
  identity.kind = FileKind::kScript;
  identity.hashes.push_back({FileDigest{}, HashForm::kFlat});
  return identity;
}

class AskServerTest : public ::testing::Test {
 protected:
  AskServerTest() {
    char name[] = "/tmp/portcullis-asks-XXXXXX";
    folder_ = mkdtemp(name);
    chmod(folder_.c_str(), 0755);
    std::ofstream(folder_ + "/script") << "exit 0\n";
    listener_ = ListenAt(folder_ + "/ask.sock", "ask socket").value();
    force_.Replace(Force());
    Places places;
    places.speller = std::make_shared<const PathSpeller>(
        host_, MountTable::OfThisProcess({}).value(), std::vector<TreeMapping>());
    places_.Set(std::move(places));
  }
  ~AskServerTest() override {
    if (server_ != nullptr) server_->Stop();
    std::filesystem::remove_all(folder_);
  }
  void Start() {
    server_ = std::make_unique<AskServer>(
        listener_.get(), JudgeContext{service_,
                                      host_,
                                      force_,
                                      places_,
                                      accounts_,
                                      loads_,
                                      identities_,
                                      leases_,
                                      opened_,
                                      allowed_runs_,
                                      [](pid_t) { return false; },
                                      [this](InspectionJob, InspectorPool::Done done) {
                                        const std::lock_guard lock(mutex_);
                                        if (answers_at_once_) done(Approved());
                                        if (!answers_at_once_) waiting_.push_back(std::move(done));
                                        return Result<void>();
                                      },
                                      [](DecisionRecord) {},
                                      [](const JobPtr&) {},
                                      [](uint32_t) { return false; },
                                      {},
                                      {}});
    server_->Start();
  }
  UniqueFd Connect() const {
    UniqueFd made(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (folder_ + "/ask.sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (connect(made.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    return made;
  }
  static bool Ask(const UniqueFd& socket, int fd, uint64_t number) {
    api::AskRequest request;
    request.fd = fd;
    request.number = number;
    const api::AskPacket packet = EncodeAsk(request);
    return send(socket.get(), packet.data(), packet.size(), MSG_NOSIGNAL) > 0;
  }
  static std::optional<api::AskAnswer> Hear(const UniqueFd& socket) {
    std::vector<char> bytes(api::kMaxAskAnswerBytes);
    const ssize_t size = recv(socket.get(), bytes.data(), bytes.size(), 0);
    api::AskAnswer answer;
    if (size <= 0 || DecodeAskAnswer(bytes.data(), static_cast<size_t>(size), answer) != nullptr) {
      return std::nullopt;
    }
    return answer;
  }
  UniqueFd Script() const {
    return UniqueFd(open((folder_ + "/script").c_str(), O_RDONLY | O_CLOEXEC));
  }
  // What the inspectors were handed so far.
  void FindAll() {
    std::vector<InspectorPool::Done> found;
    {
      const std::lock_guard lock(mutex_);
      found.swap(waiting_);
    }
    for (const auto& one : found) one(Approved());
  }
  // Its exit status, as a user whom nothing is kept free for.
  static int AsUser(const std::function<int()>& run) {
    const pid_t child = fork();
    if (child == 0) {
      if (setgroups(0, nullptr) != 0 || setresgid(kUser, kUser, kUser) != 0 ||
          setresuid(kUser, kUser, kUser) != 0) {
        _exit(99);
      }
      _exit(run());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string folder_;
  UniqueFd listener_;
  ServiceConfig service_;
  HostConfig host_;
  ForceSlot force_;
  Snapshot<Places> places_;
  Snapshot<AccountTable> accounts_;
  LoadDetector loads_{service_.loads};
  IdentityCache identities_{{10, 100'000}};
  HeldLeases leases_{{10, 10}};
  RecentFiles opened_;
  AskedRuns allowed_runs_{0};
  std::mutex mutex_;
  bool answers_at_once_ = false;
  std::vector<InspectorPool::Done> waiting_;
  std::unique_ptr<AskServer> server_;
};

TEST_F(AskServerTest, AnswersByWhatTheInspectorsFind) {
  answers_at_once_ = true;
  Start();
  const UniqueFd script = Script();
  const UniqueFd socket = Connect();
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(Ask(socket, script.get(), i));
    const auto answer = Hear(socket);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error, 0);
    EXPECT_EQ(answer->number, i);
    EXPECT_EQ(answer->rule_name, "by hash");
    EXPECT_EQ(answer->level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  }
}

TEST_F(AskServerTest, AnswersInTimeWithoutTheContent) {
  service_.budget = kMinBudget;
  Start();
  const UniqueFd script = Script();
  const UniqueFd socket = Connect();
  const int64_t began_ns = MonotonicNs();
  ASSERT_TRUE(Ask(socket, script.get(), 1));
  const auto answer = Hear(socket);
  EXPECT_GE(MonotonicNs() - began_ns, 90'000'000);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->level, PORTCULLIS_LEVEL_DISALLOWED);
  EXPECT_EQ(answer->flags, PORTCULLIS_RESULT_IN_TIME_ONLY);
}

TEST_F(AskServerTest, TakesSoManyQuestionsOfAConnectionAndNoMore) {
  Start();
  const UniqueFd script = Script();
  const UniqueFd socket = Connect();
  for (uint64_t i = 0; i < kMaxAsksPerConnection; ++i) {
    ASSERT_TRUE(Ask(socket, script.get(), i));
  }
  ASSERT_TRUE(Ask(socket, script.get(), 100));
  const auto refused = Hear(socket);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->number, 100U);
  EXPECT_EQ(refused->error, PORTCULLIS_E_BUSY);
  const int64_t end_ns = MonotonicNs() + 10'000'000'000;
  for (size_t answered = 0; answered < kMaxAsksPerConnection;) {
    ASSERT_LT(MonotonicNs(), end_ns);
    FindAll();
    pollfd ready{socket.get(), POLLIN, 0};
    if (poll(&ready, 1, 1) <= 0) continue;
    const auto answer = Hear(socket);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error, 0);
    ++answered;
  }
  {
    const std::lock_guard lock(mutex_);
    answers_at_once_ = true;
  }
  ASSERT_TRUE(Ask(socket, script.get(), 101));
  EXPECT_EQ(Hear(socket)->error, 0) << "there is room again";
}

TEST_F(AskServerTest, TakesSoManyQuestionsOfAUserAndNoMore) {
  service_.budget = kMaxBudget;  // None of them is overdue before the last is asked.
  Start();
  const int status = AsUser([this] {
    const UniqueFd script = Script();
    std::vector<UniqueFd> sockets;
    std::vector<pollfd> answers;
    for (size_t i = 0; i <= kMaxAsksPerUser; ++i) {
      if (i % kMaxAsksPerConnection == 0) {
        sockets.push_back(Connect());
        answers.push_back({sockets.back().get(), POLLIN, 0});
      }
      if (!Ask(sockets.back(), script.get(), i)) return 1;
    }
    // Whichever connection was heard last: one question is refused, and all others wait.
    const auto count = [&](int ms) { return poll(answers.data(), answers.size(), ms); };
    if (count(static_cast<int>(kPatience.tv_sec) * 1000) != 1) return 2;
    const auto asked = [](const pollfd& one) { return one.revents != 0; };
    const auto refused = Hear(sockets[static_cast<size_t>(
        std::find_if(answers.begin(), answers.end(), asked) - answers.begin())]);
    if (!refused || refused->error != PORTCULLIS_E_BUSY) return 3;
    return count(100) == 0 ? 0 : 4;
  });
  if (status == 99) GTEST_SKIP() << "kernel tests need root";
  EXPECT_EQ(status, 0);
}

TEST_F(AskServerTest, LetsAUsersOldestSilentConnectionGiveWay) {
  answers_at_once_ = true;
  Start();
  const int status = AsUser([this] {
    const UniqueFd script = Script();
    std::vector<UniqueFd> sockets;
    const auto works = [&](const UniqueFd& socket) {
      return Ask(socket, script.get(), 1) && Hear(socket).has_value();
    };
    for (size_t i = 0; i < kMaxAskConnectionsPerUser; ++i) {
      sockets.push_back(Connect());
      if (!works(sockets.back())) return 1;
    }
    if (!works(sockets[0])) return 2;  // all of them have a place; now the second is the oldest
    sockets.push_back(Connect());
    if (!works(sockets.back())) return 3;
    return works(sockets[0]) && !works(sockets[1]) && works(sockets[2]) ? 0 : 4;
  });
  if (status == 99) GTEST_SKIP() << "kernel tests need root";
  EXPECT_EQ(status, 0);
}

TEST_F(AskServerTest, FailsByThePolicyForThatWhenItHasNoInspectors) {
  service_.failure_policy = FailurePolicy::kAllow;
  Start();
  const UniqueFd script = Script();
  const UniqueFd socket = Connect();
  ASSERT_TRUE(Ask(socket, script.get(), 1));
  InspectorPool::Done done;
  for (int i = 0; i < 1000 && !done; ++i) {
    usleep(1000);
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty()) done = waiting_[0];
  }
  ASSERT_TRUE(done);
  done(Fail(ErrorCode::kUnsupported, "none"));
  const auto answer = Hear(socket);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->reason, PORTCULLIS_REASON_FAILURE_POLICY);
  EXPECT_EQ(answer->level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
}

}  // namespace
}  // namespace portcullis::enforcement
