// SPDX-License-Identifier: Apache-2.0
// The steps by which a process of the service gives its rights up.
//
// Shape:   each is for good, and for the whole process. What a process gives up in which order is
// in
//          sandbox.h and child_sandbox.h.
// Errors:  kIo with the step; the caller must end the process, for half a sandbox is none.
// Threads: for a process with one thread.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <span>
#include <vector>

#include "base/result.h"

namespace portcullis::enforcement {

// By errno.
Unexpected SandboxRefused(const char* step);

// Closes every descriptor but these; negative ones are none.
void CloseDescriptorsBut(std::vector<int> kept);

// While the capability for it is still there. A caller without it has nothing to bound.
void DropBoundingSet();
Result<void> DropCapabilities();
// What the process had when it was root is still there after ChangeIds, to be chosen from.
Result<void> KeepCapabilitiesOverIds();
// Permitted and effective. None is there to be kept where the process never had it: in tests.
Result<void> DropCapabilitiesBut(std::span<const int> kept);
// Of a caller that is root; another keeps its ids: in tests.
Result<void> ChangeIds(uid_t uid, gid_t gid, std::span<const gid_t> groups);

struct ResourceBound {
  __rlimit_resource resource;
  rlim_t limit;
};
Result<void> LimitResources(std::span<const ResourceBound> bounds);

// Nobody reads its memory, and no program that it might execute gives rights back.
Result<void> CloseProcess();

// The supervisor is never to be chosen when memory runs out; its children are the right ones.
void OfferToOomKiller();

// Network, System V IPC and host names of its own making; best effort: namespaces may be refused.
void LeaveNetwork();

}  // namespace portcullis::enforcement
