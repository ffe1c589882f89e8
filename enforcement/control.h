// SPDX-License-Identifier: Apache-2.0
// The control process: answers whoever asks over the local socket.
//
// Shape:   MakeControl makes the socket and says what the process is as a child of the supervisor;
//          RunControl is that process. It reads the page of metrics and writes none.
// Limits:  control_access.h; kRequestPatience for a request, kReloadAnswerPatience for an answer to
//          one that waits; one request a connection, answered at once or not at all.
// Errors:  of MakeControl: the socket can not be made where it is set, or another service listens
//          there. The service goes on without one.
// Lifetime: the socket is open in every gate and supervisor, so that whoever connects while no
//          control process lives waits for the next.
// Threads: one.
// Source:  docs/control.md.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/child_process.h"
#include "enforcement/control_link.h"
#include "enforcement/service_config.h"
#include "enforcement/service_metrics.h"

namespace portcullis::enforcement {

inline constexpr std::chrono::milliseconds kRequestPatience{5000};
inline constexpr std::chrono::milliseconds kReloadAnswerPatience{60'000};
inline constexpr int kControlBacklog = 128;

struct ControlSetup {
  std::string version;
  std::optional<gid_t> group;  // of `control-group`
  int listener = -1;
  const ServiceMetrics* metrics = nullptr;  // to read
};
int RunControl(const ControlSetup& setup, ChildSelf self);

struct Control {
  ChildKind kind;
  UniqueFd listener;
  std::unique_ptr<ControlDesk> desk;
  std::string note;  // what an administrator should know; empty: nothing
};
Result<Control> MakeControl(const ControlConfig& config, const std::string& version,
                            const MetricsPages& metrics);

// The listening socket, which messages call `name`. What nobody listens at any more is replaced.
Result<UniqueFd> ListenAt(const std::string& path, const char* name = "control socket");

}  // namespace portcullis::enforcement
