// SPDX-License-Identifier: Apache-2.0
// The gate alone, in the test's own process, watching one file system that the test mounted.
//
// Lifetime: the destructor stops the gate; the inspectors end with their sockets, and the process
// that
//          made them, one of its own since they are forked, with its.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "enforcement/decision_log.h"
#include "enforcement/gate.h"
#include "tests/kernel/private_mounts.h"

namespace portcullis::testing {

class GateUnderTest {
 public:
  // Before any thread: forks the maker of inspectors. `service.file_systems` must be the test's
  // own.
  static Result<std::unique_ptr<GateUnderTest>> Start(const PrivateMounts& mounts,
                                                      enforcement::ServiceConfig service,
                                                      applocker::AppLockerPolicy policy);
  ~GateUnderTest();

  // The trust anchors of every inspector that starts from now on: what this file holds, if it is
  // there.
  static std::string AnchorsFile(const PrivateMounts& mounts) {
    return mounts.scratch() + "/anchors.pem";
  }
  // As an order to reload does it.
  Result<uint64_t> Reload() { return gate_->Reload(); }
  // Puts another policy in force.
  Result<uint64_t> SetPolicy(applocker::AppLockerPolicy policy);
  void Stop();
  // While they are held back no inspector starts, and who starts one waits.
  void HoldInspectors(bool hold);
  // Files that were handed to the inspectors.
  uint64_t inspections() const { return gate_->counters().inspections; }
  // How often the kernel asked.
  uint64_t questions() const { return gate_->counters().questions; }
  // Of these, how often nobody looked at who asked.
  uint64_t for_anyone() const { return gate_->counters().for_anyone; }
  // Readers that were relieved.
  uint64_t reliefs() const { return gate_->counters().reliefs; }
  // What was recorded so far of `path`; waits a moment for `count` of them.
  std::vector<enforcement::DecisionRecord> RecordsOf(const std::string& path, size_t count = 1);

 private:
  GateUnderTest() = default;
  Result<void> ForkMaker(const std::string& anchors);
  Result<enforcement::StartedInspector> AskMaker();

  std::mutex mutex_;
  applocker::AppLockerPolicy policy_;
  std::vector<enforcement::DecisionRecord> records_;
  std::condition_variable let_go_;
  bool holds_inspectors_ = false;
  pid_t maker_pid_ = -1;
  UniqueFd maker_;
  std::unique_ptr<enforcement::FanotifyGroup> permission_;
  std::unique_ptr<enforcement::FanotifyGroup> notification_;
  std::unique_ptr<enforcement::DecisionLog> log_;
  std::unique_ptr<enforcement::Gate> gate_;
  std::thread thread_;
};

}  // namespace portcullis::testing
