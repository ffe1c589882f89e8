// SPDX-License-Identifier: Apache-2.0
// `portcullis policy set`, `confirm` and `revert`: another policy comes into force, or the former.
//
// Shape:   each is a function of the options and of the world around it, which tests replace.
// Errors:  printed; the status says: 1 the preflight refused, 3 it could not be done. But for 0 the
//          policy that is in force is the former one.
// Threads: one at a time; other processes are locked out (enforcement/trial.h).
// Source:  portcullis-policy(1), docs/roll-out.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "cli/io.h"
#include "cli/options.h"
#include "enforcement/service_config.h"
#include "enforcement/trial.h"
#include "host/host_config.h"

namespace portcullis::cli {

struct PolicyWorld {
  // Has the service that listens there load its policies; kNotFound where none does.
  std::function<Result<uint64_t>(const std::string& socket)> reload;
  std::string root;  // where the preflight looks; empty: this machine
  enforcement::BootClock clock = enforcement::BootClock::OfThisMachine();

  static PolicyWorld OfThisMachine();
};

ExitStatus SetPolicy(const Options& options, Io& io, const PolicyWorld& world);
ExitStatus ConfirmPolicy(const Options& options, Io& io, const PolicyWorld& world);
ExitStatus RevertPolicy(const Options& options, Io& io, const PolicyWorld& world);

// ---- What the three share.

// Where the policy is, and what the service is configured to.
struct PolicyPlace {
  std::string policy;
  std::string socket;
  HostConfig host;
  enforcement::ServiceConfig service;
};
Result<PolicyPlace> LoadPolicyPlace(const Options& options);

// A sentence for people, or an object with `result`, `policy`, `generation` (null: no service) and
// `trial_seconds` (null: none).
struct PolicyOutcome {
  std::string result;  // "in-force", "in-place", "confirmed", "reverted"
  std::string policy;
  std::optional<uint64_t> generation;
  std::optional<uint64_t> trial_seconds;
};
void PrintOutcome(const PolicyOutcome& outcome, const Options& options, Io& io);

}  // namespace portcullis::cli
