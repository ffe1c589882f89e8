// SPDX-License-Identifier: Apache-2.0
// Who is charged for what the service does on somebody's behalf, and how much of it there may be.
//
// Shape:   a principal is charged for its places in the queue, the threads that work for it, its
//          inspections and the leases of its execs: each is bounded for one principal and in all.
//          What one principal uses up is denied to it alone; what all of them use up is a failure
//          of the service. News, for whose answer nobody waits, are dropped instead, and counted.
// Limits:  the constants below, those of event_queues.h and of InspectorPool::Limits.
// Threads: pure functions.
// Source:  docs/enforcement.md "Admission".
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "host/thread_credentials.h"

namespace portcullis::enforcement {

// Held leases; a descriptor for the file each.
inline constexpr size_t kMaxHeldPerUser = 256;
inline constexpr size_t kMaxHeld = 8192;
// Execs that need another one's lease, and no descriptor. Nobody is charged for them, and nobody
// is refused for them: where there are too many, who asks is looked at, and charged.
inline constexpr size_t kMaxJoined = 1024;

// Of /proc/TID/status, on the gate's reader: a thread with more groups than fit waits for a worker.
inline constexpr size_t kMaxStatusAtOnce = 16 << 10;

// Of askers who were gone before anybody could see who they were. No user has this number.
inline constexpr uint32_t kNobodysPrincipal = std::numeric_limits<uint32_t>::max();

// The user who logged in, whatever ids he has taken since (newuidmap gives a user thousands); the
// effective user where nobody did.
inline uint32_t PrincipalOf(const ThreadCredentials& thread) {
  return thread.login_uid.value_or(thread.effective_uid);
}
// Of a thread that could not be read.
inline uint32_t PrincipalOf(const ThreadUsers& users) {
  return users.login_uid.value_or(users.effective_uid.value_or(kNobodysPrincipal));
}

}  // namespace portcullis::enforcement
