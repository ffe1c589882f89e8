// SPDX-License-Identifier: Apache-2.0
// What a supervised child that is no inspector gives up: it has files, and nothing else.
//
// Shape:   afterwards the process has no capability but those named here, and none in its bounding
//          set; the account's ids; a root of its own that shows only the directories named here; no
//          network; bounded descriptors and memory; the system calls of BuildChildFilter and those
//          named here.
// Limits:  kMaxChildMemory of memory beyond what it was forked with; kMaxChildFiles descriptors.
// Errors:  the first step that failed; the caller must end the process, for half a sandbox is none.
//          Namespaces alone may be refused (in a container, say): then the whole file system stays
//          in sight, and the account's ids alone say what may be written.
// Lifetime: for good. Name services, time zones and the like must have been read before.
// Threads: for a process with one thread.
// Source:  mount(2), pivot_root(2); docs/enforcement.md "Processes".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace portcullis::enforcement {

inline constexpr uint64_t kMaxChildMemory = uint64_t{256} << 20;
inline constexpr unsigned kMaxChildFiles = 64;
inline constexpr const char* kServiceAccount = "portcullis";

// Whose ids a child takes. Without the account: root's, whose files it may then write where they
// are shown, for want of any other number that could own the store.
struct ServiceAccount {
  uid_t uid = 0;
  gid_t gid = 0;
};
// Asks the name service: before the first mark.
ServiceAccount FindServiceAccount();

// Numbers that no account has, one for each kind of child, so that no other process may signal it.
enum class Nobody : uint8_t { kControl, kNotifier };
ServiceAccount NobodysAccount(Nobody which);

struct ShownDirectory {
  enum class As : uint8_t { kReadOnly, kWritable, kDevices };
  std::string path;  // one that does not exist is not shown
  As as = As::kReadOnly;
};

struct ChildSandbox {
  ServiceAccount account;
  std::vector<int> capabilities = {};  // what it keeps
  bool has_own_root = true;            // else what is mounted is seen, by the account's rights
  std::vector<gid_t> groups;           // beside the account's own
  std::vector<ShownDirectory> shown;   // what lies in another of them comes after it
  std::vector<int> more_calls;
};

Result<void> EnterChildSandbox(const ChildSandbox& sandbox);

}  // namespace portcullis::enforcement
