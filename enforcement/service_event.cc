// SPDX-License-Identifier: Apache-2.0
#include "enforcement/supervisor.h"

namespace portcullis::enforcement {

const char* ToString(ServiceEvent::Kind kind) {
  switch (kind) {
    case ServiceEvent::Kind::kNote:
      return "note";
    case ServiceEvent::Kind::kReady:
      return "ready";
    case ServiceEvent::Kind::kReloaded:
      return "reloaded";
    case ServiceEvent::Kind::kReloadFailed:
      return "reload-failed";
    case ServiceEvent::Kind::kGateReplaced:
      return "gate-replaced";
    case ServiceEvent::Kind::kStopping:
      return "stopping";
    case ServiceEvent::Kind::kProcessReplaced:
      return "process-replaced";
    case ServiceEvent::Kind::kPolicyConfirmed:
      return "policy-confirmed";
    case ServiceEvent::Kind::kPolicyReverted:
      return "policy-reverted";
  }
  return "note";
}

}  // namespace portcullis::enforcement
