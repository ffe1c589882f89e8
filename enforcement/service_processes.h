// SPDX-License-Identifier: Apache-2.0
// What supervisor and gate have in common: made once, then inherited by every fork.
//
// Shape:   the setup, both groups, the shared page and the trust anchors; and how one of the two
// forks
//          the other.
// Lifetime: a forked process closes what is not its own and never returns to its caller; no
// destructor of its
//          parent's objects runs in it.
// Threads: ForkGate is for a process with one thread. ForkSupervisor is called by the gate, which
// has
//          many: in the child the other threads are gone and what they had locked stays locked. The
//          child therefore uses nothing that the gate's threads lock; it has fresh objects, system
//          calls, malloc (which glibc makes whole again) and the trust anchors (which no gate
//          touches).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/child_process.h"
#include "enforcement/fanotify_group.h"
#include "enforcement/gate.h"
#include "enforcement/service_message.h"
#include "enforcement/shared_state.h"
#include "enforcement/supervisor.h"

namespace portcullis::enforcement {

// What runs in the gate's process; the tests have one of their own.
class GateBody {
 public:
  virtual ~GateBody() = default;
  virtual Result<void> Run() = 0;
  virtual Result<uint64_t> Reload() = 0;
  virtual void Stop() = 0;
};
using MakeGateBody = std::function<std::unique_ptr<GateBody>(GateSetup)>;

struct Service {
  ServiceSetup setup;
  FanotifyGroup permission;
  FanotifyGroup notification;
  SharedState* shared = nullptr;
  TrustStore trust;
  std::shared_ptr<const CatalogStore> catalogs;  // null: none
  TrialNews trials;                              // of before the first gate
  MakeGateBody make_gate;
  std::vector<ChildKind> children;
  std::vector<int> inherited;  // descriptors that were open before the service began
  int descriptor_limit = 0;    // no process of the service has a higher number
  std::optional<int64_t> ends_at_ns;

  std::chrono::nanoseconds tick() const;
  void Report(const ServiceEvent& event) const;
  // All memory that its processes share: who can write it decides who is asked about and killed.
  std::vector<SharedMemory> SharedPages() const;
};

// The other of the two, as each knows it.
struct Peer {
  pid_t pid = 0;
  UniqueFd pidfd;
  ServiceEnds ends;
};

// A gate, forked by the supervisor `self`.
Result<Peer> ForkGate(Service& service, const UniqueFd& self);
// The gate's process: runs until it is told to stop. Returns its exit status.
int RunGateProcess(Service& service, Peer supervisor);

// A supervisor, forked by the gate `self`. Returns it as the gate's peer.
Result<Peer> ForkSupervisor(Service& service, const UniqueFd& self);
// The supervisor's loop; `gate` is empty where none was forked yet.
Result<void> RunSupervisor(Service& service, Peer gate);

// RunService with this gate and these children. What is open when it is called every gate and
// supervisor keeps.
Result<void> RunServiceWith(ServiceSetup setup, MakeGateBody make_gate,
                            std::vector<ChildKind> children = {});

// Has 0, 1 and 2 open, so that nothing of the service gets a number that libraries write to.
void FillStandardDescriptors();

// Closes every descriptor but those of the service, of its caller, and `kept`.
void CloseAllBut(const Service& service, std::vector<int> kept);

}  // namespace portcullis::enforcement
