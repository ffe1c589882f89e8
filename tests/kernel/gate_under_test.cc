// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/gate_under_test.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>

#include "enforcement/inspector.h"
#include "enforcement/service_message.h"
#include "enforcement/socket_message.h"
#include "tests/kernel/run_program.h"

namespace portcullis::testing {
namespace {

using enforcement::FanotifyGroup;
using enforcement::GroupKind;
using enforcement::ServiceWord;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kStep = std::chrono::milliseconds(2);

Result<std::unique_ptr<FanotifyGroup>> MakeGroup(GroupKind kind) {
  return std::make_unique<FanotifyGroup>(TRY(FanotifyGroup::Create(kind)));
}

[[noreturn]] void MakeInspectors(const UniqueFd& socket, const std::string& anchors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGCHLD, SIG_IGN);  // nobody waits for them
  enforcement::PrepareForInspectors();
  while (enforcement::Listen(socket.get())) {
    TrustStore trust;
    const std::string pem = ReadWholeFile(anchors);
    if (!pem.empty() && !trust.Add(AsBytes(pem), anchors)) _exit(1);
    const auto child = enforcement::StartInspector(trust);
    const auto told =
        child ? enforcement::TellInspector(socket.get(), child->handle.socket, child->handle.pidfd)
              : enforcement::Tell(socket.get(), ServiceWord::kNoInspector);
    if (!told) break;
  }
  _exit(0);
}

}  // namespace

Result<void> GateUnderTest::ForkMaker(const std::string& anchors) {
  auto [ours, theirs] = TRY(enforcement::MakeSocketPair());
  maker_pid_ = fork();
  if (maker_pid_ < 0) return Fail(ErrorCode::kIo, "fork");
  if (maker_pid_ == 0) {
    ours.Reset();
    MakeInspectors(theirs, anchors);
  }
  maker_ = std::move(ours);
  return {};
}

Result<enforcement::StartedInspector> GateUnderTest::AskMaker() {
  {
    std::unique_lock lock(mutex_);
    let_go_.wait(lock, [this] { return !holds_inspectors_; });
  }
  TRY_VOID(enforcement::Tell(maker_.get(), ServiceWord::kWantInspector));
  auto answer = TRY(enforcement::Listen(maker_.get()));
  if (answer.word != ServiceWord::kInspector) return Fail(ErrorCode::kIo, "no inspector");
  return enforcement::StartedInspector{std::move(answer.first), std::move(answer.second)};
}

Result<std::unique_ptr<GateUnderTest>> GateUnderTest::Start(const PrivateMounts& mounts,
                                                            enforcement::ServiceConfig service,
                                                            applocker::AppLockerPolicy policy) {
  if (service.file_systems.empty()) return Fail(ErrorCode::kIo, "no file system of the test's own");
  for (const std::string& path : service.file_systems) TRY_VOID(mounts.MustBeOwn(path));
  std::unique_ptr<GateUnderTest> test(new GateUnderTest);
  test->policy_ = std::move(policy);
  TRY_VOID(test->ForkMaker(AnchorsFile(mounts)));
  test->permission_ = TRY(MakeGroup(GroupKind::kPermission));
  test->notification_ = TRY(MakeGroup(GroupKind::kNotification));
  GateUnderTest* const self = test.get();
  enforcement::DecisionLog::Sink sink;
  sink.record = [self](const enforcement::DecisionRecord& record) {
    const std::lock_guard lock(self->mutex_);
    self->records_.push_back(record);
  };
  sink.lost = [](uint64_t) {};
  test->log_ = std::make_unique<enforcement::DecisionLog>(sink, service.record_allowed);
  enforcement::SharedState* const shared = TRY(enforcement::MapSharedState());
  enforcement::GateSetup setup;
  setup.service = std::move(service);
  setup.host = HostConfig::Default();
  setup.permission = test->permission_.get();
  setup.notification = test->notification_.get();
  setup.shared = shared;
  setup.start_inspector = [self] { return self->AskMaker(); };
  setup.log = test->log_.get();
  setup.load_policies = [self]() -> Result<std::vector<NamedPolicy>> {
    const std::lock_guard lock(self->mutex_);
    return std::vector<NamedPolicy>{{"test", self->policy_}};
  };
  test->gate_ = std::make_unique<enforcement::Gate>(std::move(setup));
  auto failure = std::make_shared<std::atomic<bool>>(false);
  test->thread_ = std::thread([self, failure] {
    if (!self->gate_->Run()) *failure = true;
  });
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!shared->gate_is_ready) {
    if (*failure || std::chrono::steady_clock::now() > end) {
      return Fail(ErrorCode::kIo, "the gate did not start");
    }
    std::this_thread::sleep_for(kStep);
  }
  return test;
}

GateUnderTest::~GateUnderTest() { Stop(); }

void GateUnderTest::Stop() {
  if (!thread_.joinable()) return;
  HoldInspectors(false);
  gate_->Stop();
  thread_.join();
  gate_.reset();
  maker_.Reset();
  waitpid(maker_pid_, nullptr, 0);
}

void GateUnderTest::HoldInspectors(bool hold) {
  const std::lock_guard lock(mutex_);
  holds_inspectors_ = hold;
  let_go_.notify_all();
}

Result<uint64_t> GateUnderTest::SetPolicy(applocker::AppLockerPolicy policy) {
  {
    const std::lock_guard lock(mutex_);
    policy_ = std::move(policy);
  }
  return gate_->Reload();
}

std::vector<enforcement::DecisionRecord> GateUnderTest::RecordsOf(const std::string& path,
                                                                  size_t count) {
  std::vector<enforcement::DecisionRecord> found;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (found.size() < count && std::chrono::steady_clock::now() < end) {
    found.clear();
    {
      const std::lock_guard lock(mutex_);
      std::ranges::copy_if(records_, std::back_inserter(found),
                           [&](const auto& record) { return record.file.path == path; });
    }
    if (found.size() < count) std::this_thread::sleep_for(kStep);
  }
  return found;
}

}  // namespace portcullis::testing
