// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/report.h"

namespace portcullis::simulation {

bool IsFailure(const Outcome& former, const Outcome& now, FailOn fail_on) {
  switch (fail_on) {
    case FailOn::kNever:
      return false;
    case FailOn::kBlock:
      return IsBlocked(former, now);
    case FailOn::kDenial:
      return IsDenied(former, now);
    case FailOn::kChange:
      return IsChange(former, now);
  }
  return true;
}

uint64_t Failures(const Counts& counts, FailOn fail_on) {
  switch (fail_on) {
    case FailOn::kNever:
      return 0;
    case FailOn::kBlock:
      return counts.blocked;
    case FailOn::kDenial:
      return counts.denied;
    case FailOn::kChange:
      return counts.changes;
  }
  return counts.changes;
}

}  // namespace portcullis::simulation
