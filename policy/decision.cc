// SPDX-License-Identifier: Apache-2.0
#include "policy/decision.h"

#include <array>

namespace portcullis {

const char* ToString(Verdict verdict) {
  static constexpr std::array kNames = {"Allowed", "AllowedByDefault", "Denied", "DeniedByDefault"};
  return kNames.at(static_cast<size_t>(verdict));
}

const char* ToString(Reason reason) {
  static constexpr std::array kNames = {"rule",       "default",        "no-rules",
                                        "not-judged", "service-exempt", "packaged-app-rule",
                                        "system-app", "failure-policy", "srp-rule",
                                        "srp-default"};
  return kNames.at(static_cast<size_t>(reason));
}

srp::Level LevelFor(const Decision& decision, bool is_blocked) {
  using srp::Level;
  const Level level = decision.is_by_srp() ? decision.srp->level
                      : is_blocked         ? Level::kDisallowed
                                           : Level::kUnrestricted;
  // What is only observed runs.
  return !is_blocked && level == Level::kDisallowed ? Level::kUnrestricted : level;
}

const char* ToString(RuleOutcome outcome) {
  static constexpr std::array kNames = {
      "matched",           "sid-not-in-token",      "sid-deny-only",   "no-publisher",
      "publisher-unknown", "publisher-differs",     "product-differs", "binary-differs",
      "version-too-low",   "version-too-high",      "no-path",         "path-differs",
      "path-only-claimed", "path-differs-in-case",  "no-hash",         "hash-unknown",
      "hash-differs",      "cancelled-by-exception"};
  return kNames.at(static_cast<size_t>(outcome));
}

}  // namespace portcullis
