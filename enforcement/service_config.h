// SPDX-License-Identifier: Apache-2.0
// The settings of the service: /etc/portcullis/service.conf.
//
// Shape:   lines `name = value`, as in host.conf; a list stands once a value:
//              failure-policy = deny
//              budget = 2s
//              service-process = login-uid
//              record-allowed = once
//              other-roots = judge
//              rescue-mode = observe
//              srp-beside-applocker = ignored
//              inspectors = 2
//              file-system = /srv/scratch      (only these; default: every real one)
//              interpreter = /usr/bin/lua5.4   (added to the built-in table)
//              loader = /opt/musl/ld.so
//              wine-loader = /usr/bin/wine
//              control-socket = /run/portcullis/control.sock   (none: no such socket)
//              control-group = wheel
//              ask-socket = /run/portcullis/ask.sock           (none: no such socket)
//          and those of journal_config.h.
// Limits:  those of config_lines.h; kMinBudget to kMaxBudget; 1 to kMaxInspectors inspectors.
// Errors:  kMalformed with the line: an unknown name, a value out of its range, a repeated single
//          value.
// Threads: a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/ask_protocol.h"
#include "api/control_client.h"
#include "base/result.h"
#include "enforcement/decision_log.h"
#include "enforcement/journal_config.h"
#include "enforcement/load_detector.h"
#include "host/thread_token.h"
#include "policy/policy_set.h"

namespace portcullis::enforcement {

inline constexpr const char* kDefaultServiceConfig = "/etc/portcullis/service.conf";
inline constexpr std::chrono::milliseconds kMinBudget{100};
inline constexpr std::chrono::milliseconds kMaxBudget{60'000};
inline constexpr unsigned kMaxInspectors = 64;

enum class FailurePolicy : uint8_t { kDeny, kAllow };
// What becomes of tasks in another root: a container, a chroot, a private mount namespace.
enum class OtherRoots : uint8_t { kJudge, kAllow };

// What becomes of Software Restriction Policies where AppLocker has a rule.
using SrpBesideAppLocker = PolicySet::Builder::SrpBesideAppLocker;

// What a system that was booted to be repaired (host/boot_mode.h) is held to.
enum class RescueMode : uint8_t { kObserve, kEnforce };

// Where the service is asked, and by whom beside root.
struct ControlConfig {
  std::string socket = api::kDefaultControlSocket;  // empty: nowhere
  std::string group;
};

struct ServiceConfig {
  FailurePolicy failure_policy = FailurePolicy::kDeny;
  std::chrono::milliseconds budget{2000};
  ServiceProcess service_process = ServiceProcess::kLoginUid;
  RecordAllowed record_allowed = RecordAllowed::kOnce;
  OtherRoots other_roots = OtherRoots::kJudge;
  RescueMode rescue_mode = RescueMode::kObserve;
  SrpBesideAppLocker srp_beside_applocker = SrpBesideAppLocker::kIgnored;
  unsigned inspectors = 2;
  // Where to mark: a path on each file system. Empty: every real one, tmpfs and overlay.
  std::vector<std::string> file_systems;
  LoadTables loads = LoadTables::Default();
  JournalConfig journal;
  ControlConfig control;
  std::string ask_socket = api::kDefaultAskSocket;  // empty: none
  // Not a setting of the file: nothing is asked for permission and nothing denied, whatever the
  // policy enforces.
  bool observe_only = false;

  static Result<ServiceConfig> Parse(std::string_view text);
};

// The word of service.conf.
const char* ToString(ServiceProcess meaning);

// "2s", "250ms": a number and its unit. kMalformed.
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

}  // namespace portcullis::enforcement
