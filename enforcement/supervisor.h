// SPDX-License-Identifier: Apache-2.0
// The service's first process: forks the gate and the inspectors, and answers the kernel while the
// gate can not.
//
// Shape:   RunService is the whole service. It makes both fanotify groups and the shared page,
// becomes
//          the supervisor and returns after an orderly stop: SIGTERM, SIGINT, SIGQUIT, or `run_for`
//          over; a second signal does not wait for the gate. SIGHUP loads the policies and the
//          trust anchors anew. The terminal's SIGTSTP, SIGTTIN and SIGTTOU are ignored.
// Limits:  a gate whose heartbeat stands still for half the budget is killed; its successor has a
//          quarter of the budget before what waits is answered by the failure policy.
// Errors:  what keeps the service from starting (no right to fanotify, a policy that is refused),
// as
//          the gate said it. Once it has started nothing but an order ends it.
// Lifetime: the gate calls `load_policies`, `records` and `at_end` in its own process; what they
//          reach must be whole in a fork of the caller. A dead supervisor is replaced by a fork of
//          the gate, which then never returns to the caller.
// Threads: call it while the process has one thread. It blocks the signals that it takes.
// Source:  docs/enforcement.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "enforcement/control_link.h"
#include "enforcement/decision_log.h"
#include "enforcement/journal_link.h"
#include "enforcement/service_config.h"
#include "enforcement/service_metrics.h"
#include "host/host_config.h"
#include "identity/catalog_store.h"
#include "identity/trust_store.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

// Something an administrator, or a script that waits for it, wants to know of the service itself.
struct ServiceEvent {
  enum class Kind : uint8_t {
    kNote,          // anything else
    kReady,         // every exec is answered from now on
    kReloaded,      // the policies that were read anew are in force
    kReloadFailed,  // they were refused, and the former stay in force
    kGateReplaced,
    kStopping,
    kProcessReplaced,  // the journal, say
    kPolicyConfirmed,  // one that was on trial
    kPolicyReverted,   // the former one is back
  };
  Kind kind = Kind::kNote;
  std::string text;  // one sentence
  uint64_t generation = 0;

  ServiceEvent(Kind what, std::string sentence, uint64_t in_force = 0)
      : kind(what), text(std::move(sentence)), generation(in_force) {}
  ServiceEvent(std::string_view note) : text(note) {}  // NOLINT(google-explicit-constructor)
};
// "note", "ready", "reloaded", "reload-failed", "gate-replaced", "stopping",
// "process-replaced", "policy-confirmed", "policy-reverted".
const char* ToString(ServiceEvent::Kind kind);

// What became of policies on trial (trial.h), and when to ask again, by CLOCK_BOOTTIME.
struct TrialNews {
  std::vector<ServiceEvent> events;
  std::optional<int64_t> look_again_ns;
};

struct ServiceSetup {
  ServiceConfig service;
  HostConfig host;
  // Reads the policies that are configured; in the gate, at its start and for every reload.
  std::function<Result<std::vector<NamedPolicy>>()> load_policies;
  // Reads the trust anchors; in the supervisor, before the first gate and for every reload.
  std::function<Result<TrustStore>()> load_trust;
  // Opens the catalogs, all of them mapped, at the same moments. Null, or empty: there are none.
  std::function<Result<std::shared_ptr<const CatalogStore>>()> load_catalogs;
  // Puts the former policy back where the trial of another is over. In the supervisor, before
  // `load_policies` is called for the first gate and for every reload; in the thread that reads
  // trust anchors, for it opens files. May be empty.
  std::function<TrialNews()> settle_trial;
  // Where records go; called on the log's thread of the gate's process.
  DecisionLog::Sink records;
  // Called in the gate's process after an orderly stop, behind the last record.
  std::function<void()> at_end;
  // Called in the supervisor, which waits for it: it should drop rather than wait itself. None: the
  // text goes to standard error.
  std::function<void(const ServiceEvent&)> report;
  // Where gate and supervisor send events; null: nowhere. It outlives every process of the service.
  const JournalLink* journal = nullptr;
  // Where they count, and what the control process asked for; null: nowhere, nothing.
  MetricsPages metrics;
  ControlDesk* control = nullptr;
  std::string version;
  // Ends the service by itself after this time.
  std::optional<std::chrono::milliseconds> run_for;
};

Result<void> RunService(ServiceSetup setup);

}  // namespace portcullis::enforcement
