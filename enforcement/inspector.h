// SPDX-License-Identifier: Apache-2.0
// A process that parses and hashes the files it is handed, and can do nothing else.
//
// Shape:   forked by the supervisor; says that it is ready, then answers one job after the other.
// It
//          ends when the gate closes its end of the socket.
// Limits:  one file at a time; memory and system calls are those of sandbox.h.
// Errors:  those of Identify go into the reply. A message that it does not understand, or without
// its
//          descriptor, ends it: the gate does not send such.
// Lifetime: nothing ties it to the supervisor, whose death must not spoil the job it has in hand.
// Threads: StartInspector is for a process with one thread.
#pragma once

#include <sys/types.h>

#include <span>

#include "base/result.h"
#include "enforcement/inspector_pool.h"
#include "enforcement/shared_state.h"
#include "identity/catalog_store.h"
#include "identity/trust_store.h"

namespace portcullis::enforcement {

// Has Identify's libraries load what they load at their first use, so that no inspector needs to.
// Once, before the first inspector.
void PrepareForInspectors();

struct InspectorChild {
  StartedInspector handle;
  pid_t pid = 0;  // to reap
};
// `trust` must not change in this process while an inspector starts. `hidden` is what the child
// must not have of the memory that the service's processes share.
// `catalogs` are mapped, for the child can open none; null: there are none.
Result<InspectorChild> StartInspector(const TrustStore& trust,
                                      std::span<const SharedMemory> hidden = {},
                                      const CatalogStore* catalogs = nullptr);

}  // namespace portcullis::enforcement
