// SPDX-License-Identifier: Apache-2.0
// The running service with its journal on file systems of the test's own, and what its store says.
#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eventlog/event_store.h"
#include "tests/kernel/program_bytes.h"
#include "tests/kernel/run_program.h"
#include "tests/kernel/service_under_test.h"

namespace portcullis::testing {

// Of this file system's programs `good` may run and `bad` may not.
class JournalFixture : public ::testing::Test {
 protected:
  using Event = eventlog::Event;
  using EventId = eventlog::EventId;
  static constexpr unsigned kSeconds = 150;
  static constexpr uid_t kUser = 1000;
  // Far below the budget: nobody waits for the journal.
  static constexpr std::chrono::milliseconds kUnslowed{1000};

  void SetUp() override {
    if (const std::string why = WhyNoKernelTests(); !why.empty()) GTEST_SKIP() << why;
    auto mounts = PrivateMounts::Enter(kSeconds);
    ASSERT_TRUE(mounts) << mounts.error().message;
    mounts_.emplace(std::move(*mounts));
    const auto root = mounts_->Mount("tmpfs");
    ASSERT_TRUE(root) << root.error().message;
    root_ = *root;
    WriteProgram(root_ + "/good", TinyProgram());
    WriteProgram(root_ + "/bad", TinyProgram() + "bad");
  }

  bool Start(const std::string& config = {}) {
    return StartWith(ExePolicy(HashRule("Allow", Sha256Of(root_ + "/good"))), config);
  }
  bool StartWith(const std::string& policy, const std::string& config) {
    auto service = ServiceUnderTest::Start(*mounts_, {policy, {root_}, config, {}});
    EXPECT_TRUE(service) << service.error().message;
    if (!service) return false;
    service_ = std::move(*service);
    if (store_.empty()) store_ = service_->StorePath();
    return true;
  }
  // A directory on a file system of its own, of so many kilobytes.
  std::string SmallDisk(unsigned kilobytes) {
    const std::string path = mounts_->scratch() + "/small";
    std::filesystem::create_directory(path);
    const std::string options = fmt::format("size={}k", kilobytes);
    EXPECT_EQ(mount("none", path.c_str(), "tmpfs", 0, options.c_str()), 0);
    store_ = path + "/events/events.db";
    return path;
  }

  void ExpectDenied(const std::string& name = "bad", uid_t uid = kUser) const {
    const RunOutcome outcome = RunProgram({root_ + "/" + name}, {uid, uid, {}});
    EXPECT_TRUE(outcome.refused()) << ToString(outcome);
    EXPECT_LT(outcome.took.count(), kUnslowed.count());
  }
  // Each has a name of its own, so that none is the repeat of another.
  void DenyMany(int from, int to) const {
    for (int i = from; i < to; ++i) {
      const std::string name = fmt::format("bad{}", i);
      WriteProgram(root_ + "/" + name, TinyProgram() + name);
      ExpectDenied(name);
    }
  }
  bool Await(const std::function<bool()>& holds, int tenths = 250) const {
    for (int i = 0; i < tenths; ++i) {
      if (holds()) return true;
      usleep(100'000);
    }
    return false;
  }
  std::vector<Event> Events(std::vector<EventId> ids) const {
    const auto store = eventlog::EventStore::OpenForReading(store_);
    if (!store) return {};
    eventlog::EventFilter filter;
    filter.ids = std::move(ids);
    return store->Read(filter).value_or(std::vector<Event>());
  }
  // Decisions that were denied, repeats included.
  uint64_t Denials() const {
    uint64_t count = 0;
    for (const Event& event : Events({EventId::kProgramDenied})) count += event.count;
    return count;
  }
  // What the log says it does not have.
  uint64_t Lost() const {
    uint64_t count = 0;
    for (const Event& event : Events({EventId::kRecordsLost})) count += std::stoull(event.text);
    return count;
  }
  bool Says(EventId id, const std::string& text) const {
    const auto events = Events({id});
    return std::ranges::any_of(
        events, [&](const Event& event) { return event.text.find(text) != std::string::npos; });
  }
  // The process of the service with this name; -1: there is none now.
  pid_t Find(const std::string& name) const {
    for (const pid_t pid : service_->Processes()) {
      if (ReadWholeFile(fmt::format("/proc/{}/comm", pid)) == name + "\n") return pid;
    }
    return -1;
  }
  pid_t Journal() const { return Find("journal"); }

  std::optional<PrivateMounts> mounts_;
  std::string root_, store_;
  std::unique_ptr<ServiceUnderTest> service_;
};

}  // namespace portcullis::testing
