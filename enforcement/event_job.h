// SPDX-License-Identifier: Apache-2.0
// An event on its way to an answer, with what is known of it so far.
//
// Lifetime: shared by the queue, the thread that works on it, the inspection it waits for and the
//          held leases; the descriptor goes with the last.
// Threads: `asker` is set before the job is shared. `facts` are for who holds `mutex`: the thread
//          that works on the job, or the deadline's. The lease locks itself.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "enforcement/admission.h"
#include "enforcement/asker_trace.h"
#include "enforcement/event_path.h"
#include "enforcement/file_key.h"
#include "enforcement/file_lease.h"
#include "enforcement/identity_cache.h"
#include "enforcement/pending_event.h"
#include "host/thread_credentials.h"
#include "security/access_token.h"

namespace portcullis::enforcement {

struct Asker {
  ThreadCredentials thread;
  AccessToken token;
};

enum class Stage : uint8_t {
  kWaiting,     // for a thread of the service
  kFinding,     // a thread finds out what is asked, of which file, and where that stands
  kLooking,     // all of this is known; the file is judged by what is known of it
  kInspecting,  // an inspector has it
};

struct EventFacts {
  Stage stage = Stage::kWaiting;
  std::optional<Operation> operation;  // absent: an open that may or may not be a load
  FileStatus status;
  std::optional<LeaseState> lease;  // absent: not asked for yet
  EventPath path;
  std::vector<PathSpelling> spellings;
  bool is_root_only = false;
  std::string program;  // what the asker ran when it asked
  std::optional<AskerTrace> trace;
  std::vector<std::string> command_line;
};

struct EventJob {
  EventJob(KernelEvent kernel_event, const PendingEvent::Responder& responder, int64_t arrived_ns)
      : event(std::move(kernel_event), responder, arrived_ns) {}

  PendingEvent event;
  std::optional<Asker> asker;              // absent: it could not be read
  bool asker_is_gone = false;              // that is why
  uint32_t principal = kNobodysPrincipal;  // who is charged
  std::mutex mutex;
  EventFacts facts;
  FileLease lease;  // of the event's descriptor, which outlives it
  // An inspector reads the file, for this event or for the next: the lease is needed.
  std::atomic<bool> is_inspected{false};
  // The lease is kept until the exec has landed. Who clears one of the two looks at the other
  // afterwards, so that the last of them releases the lease.
  std::atomic<bool> is_held{false};
};
using JobPtr = std::shared_ptr<EventJob>;

// The path of what a thread runs; empty where it can not be seen.
std::string ProgramOf(pid_t tid);

}  // namespace portcullis::enforcement
