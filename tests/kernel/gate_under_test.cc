// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/gate_under_test.h"

#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "enforcement/inspector.h"

namespace portcullis::testing {
namespace {

using enforcement::FanotifyGroup;
using enforcement::GroupKind;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr auto kStep = std::chrono::milliseconds(2);

Result<std::unique_ptr<FanotifyGroup>> MakeGroup(GroupKind kind) {
  return std::make_unique<FanotifyGroup>(TRY(FanotifyGroup::Create(kind)));
}

}  // namespace

Result<void> GateUnderTest::MakeInspectors(unsigned count) {
  static const TrustStore kNoTrust;
  enforcement::PrepareForInspectors();
  for (unsigned i = 0; i < count; ++i) {
    enforcement::InspectorChild child = TRY(enforcement::StartInspector(kNoTrust));
    inspectors_.push_back(std::move(child.handle));
    children_.push_back(child.pid);
  }
  return {};
}

Result<std::unique_ptr<GateUnderTest>> GateUnderTest::Start(const PrivateMounts& mounts,
                                                            enforcement::ServiceConfig service,
                                                            applocker::AppLockerPolicy policy) {
  if (service.file_systems.empty()) return Fail(ErrorCode::kIo, "no file system of the test's own");
  for (const std::string& path : service.file_systems) TRY_VOID(mounts.MustBeOwn(path));
  std::unique_ptr<GateUnderTest> test(new GateUnderTest);
  test->policy_ = std::move(policy);
  TRY_VOID(test->MakeInspectors(service.inspectors));
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
  setup.start_inspector = [self]() -> Result<enforcement::StartedInspector> {
    const std::lock_guard lock(self->mutex_);
    if (self->inspectors_.empty()) return Fail(ErrorCode::kUnsupported, "no more inspectors");
    auto inspector = std::move(self->inspectors_.back());
    self->inspectors_.pop_back();
    return inspector;
  };
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
  gate_->Stop();
  thread_.join();
  gate_.reset();
  inspectors_.clear();
  for (const pid_t child : children_) waitpid(child, nullptr, 0);
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
                           [&](const auto& record) { return record.path == path; });
    }
    if (found.size() < count) std::this_thread::sleep_for(kStep);
  }
  return found;
}

}  // namespace portcullis::testing
