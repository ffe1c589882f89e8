// SPDX-License-Identifier: Apache-2.0
// Who a thread is, as the initial user namespace sees it.
//
// Shape:   the effective ids and groups of one thread and the login uid of its session.
// Limits:  kMaxStatusBytes of /proc/TID/status; a thread with more groups than fit is refused.
// Errors:  kNotFound when the thread is gone; kMalformed, kLimitExceeded for what /proc should not
//          say.
// Threads: reentrant.
// Source:  proc(5): status, loginuid. The ids of a *thread* may differ from its process's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace portcullis {

inline constexpr size_t kMaxStatusBytes = 1 << 20;  // 65 536 groups of ten digits fit

struct ThreadCredentials {
  pid_t tgid = 0;
  pid_t ppid = 0;
  uint32_t effective_uid = 0;
  uint32_t effective_gid = 0;
  std::vector<uint32_t> groups;       // supplementary, as /proc lists them
  std::optional<uint32_t> login_uid;  // absent: unset, no login session
  std::string name;                   // the thread's `comm`

  friend bool operator==(const ThreadCredentials&, const ThreadCredentials&) = default;
};

// `status` is the text of /proc/TID/status, `login_uid` that of /proc/TID/loginuid (empty where the
// kernel has none).
Result<ThreadCredentials> ParseCredentials(std::string_view status, std::string_view login_uid);
// kLimitExceeded where the status is longer than `max_status_bytes`.
Result<ThreadCredentials> ReadThreadCredentials(pid_t tid,
                                                size_t max_status_bytes = kMaxStatusBytes);

// The two ids alone, of a thread whose status can not be read; what of them can not be read either
// is absent. The effective uid needs no descriptor.
struct ThreadUsers {
  std::optional<uint32_t> effective_uid;
  std::optional<uint32_t> login_uid;
};
ThreadUsers ReadThreadUsers(pid_t tid);

}  // namespace portcullis
