// SPDX-License-Identifier: Apache-2.0
// Answers the kernel by the failure policy while no gate does.
//
// Shape:   Sweep answers what a dead gate had read, TakeOver what a dead supervisor had;
//          AnswerWaiting reads and answers what waits. The service's own processes are allowed.
// Errors:  none that the caller could do more about.
// Threads: for one thread, while no gate reads (SharedState::StandIn).
// Source:  docs/enforcement.md.
#pragma once

#include "enforcement/fanotify_group.h"
#include "enforcement/service_config.h"
#include "enforcement/service_metrics.h"
#include "enforcement/shared_state.h"

namespace portcullis::enforcement {

class StandIn {
 public:
  StandIn(FanotifyGroup& permission, SharedState& shared, FailurePolicy policy, Meter meter = {})
      : permission_(permission), shared_(shared), policy_(policy), meter_(meter) {}

  // Every descriptor number that the dead gate can have had is tried.
  void Sweep(int descriptor_limit);
  // In a supervisor that replaces one. An event that nobody answers keeps its number, and takes
  // the answer for the gate's next event of that number.
  void TakeOver(int descriptor_limit);
  // One reading, so that the caller's heart beats between two. Returns how many events it had.
  size_t AnswerWaiting();

 private:
  bool IsOwn(pid_t tid) const;
  Answer ByPolicy() const {
    return policy_ == FailurePolicy::kAllow ? Answer::kAllow : Answer::kDeny;
  }
  FanotifyGroup& permission_;
  SharedState& shared_;
  FailurePolicy policy_;
  Meter meter_;
};

}  // namespace portcullis::enforcement
