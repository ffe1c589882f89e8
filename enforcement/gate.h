// SPDX-License-Identifier: Apache-2.0
// The gate: reads the kernel's events, decides, answers within the budget.
//
// Shape:   Run is the gate's process: two readers of whom one reads, workers, a deadline thread and
//          the pool's thread. It
//          returns when told to stop, after everything open was answered and the marks are gone.
//          Its reader calls SharedState::BeginToRead and reads before the policies are loaded:
//          after a restart marks are there already.
// Limits:  the budget of the configuration an event; those of event_queues.h.
// Errors:  what keeps it from starting (no policy, no marks), as one sentence.
// Threads: Run blocks its caller; Reload and Stop may be called from any thread.
// Source:  docs/enforcement.md.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "enforcement/decision_log.h"
#include "enforcement/fanotify_group.h"
#include "enforcement/inspector_pool.h"
#include "enforcement/service_config.h"
#include "enforcement/service_metrics.h"
#include "enforcement/shared_state.h"
#include "host/host_config.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

struct GateSetup {
  ServiceConfig service;
  HostConfig host;
  FanotifyGroup* permission = nullptr;
  FanotifyGroup* notification = nullptr;
  SharedState* shared = nullptr;
  InspectorPool::Starter start_inspector;
  DecisionLog* log = nullptr;
  Meter meter;
  int ask_listener = -1;  // where hosts ask; -1: nowhere
  // Reads the policies that are configured; called at start and by Reload.
  std::function<Result<std::vector<NamedPolicy>>()> load_policies;
};

// Since the gate began.
struct GateCounters {
  uint64_t questions = 0;      // of others than the service, answered
  uint64_t for_anyone = 0;     // of these, execs that were allowed without a look at who asked
  uint64_t notifications = 0;  // told, not asked
  uint64_t inspections = 0;    // files that the inspectors were handed
  uint64_t overflows = 0;      // notifications that were lost: the kernel's queue was full
  uint64_t unopened = 0;       // files that the kernel could not open for the gate, and refused
  uint64_t reliefs = 0;        // readers whose look at a question was kept waiting
};

class Gate {
 public:
  explicit Gate(GateSetup setup);
  ~Gate();
  Result<void> Run();
  // Takes new trust anchors, then loads the policies anew. Whatever it returns, no event is
  // answered any more by what inspectors of the former anchors found; after success none by the
  // former policies. A failure leaves these in force, marks and all.
  Result<uint64_t> Reload();
  void Stop();
  GateCounters counters() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace portcullis::enforcement
