// SPDX-License-Identifier: Apache-2.0
// The gate alone, in the test's own process, watching one file system that the test mounted.
//
// Lifetime: the destructor stops the gate; the inspectors end with their sockets and are reaped.
#pragma once

#include <sys/types.h>

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
  // Before any thread: makes the inspectors. `service.file_systems` must be the test's own.
  static Result<std::unique_ptr<GateUnderTest>> Start(const PrivateMounts& mounts,
                                                      enforcement::ServiceConfig service,
                                                      applocker::AppLockerPolicy policy);
  ~GateUnderTest();

  // Puts another policy in force.
  Result<uint64_t> SetPolicy(applocker::AppLockerPolicy policy);
  void Stop();
  // How often the kernel asked.
  uint64_t questions() const { return gate_->counters().questions; }
  // What was recorded so far of `path`; waits a moment for `count` of them.
  std::vector<enforcement::DecisionRecord> RecordsOf(const std::string& path, size_t count = 1);

 private:
  GateUnderTest() = default;
  Result<void> MakeInspectors(unsigned count);

  std::mutex mutex_;
  applocker::AppLockerPolicy policy_;
  std::vector<enforcement::DecisionRecord> records_;
  std::vector<enforcement::StartedInspector> inspectors_;
  std::vector<pid_t> children_;
  std::unique_ptr<enforcement::FanotifyGroup> permission_;
  std::unique_ptr<enforcement::FanotifyGroup> notification_;
  std::unique_ptr<enforcement::DecisionLog> log_;
  std::unique_ptr<enforcement::Gate> gate_;
  std::thread thread_;
};

}  // namespace portcullis::testing
