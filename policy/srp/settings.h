// SPDX-License-Identifier: Apache-2.0
// Whether Software Restriction Policies are asked at all, and what a level means to who asked.
//
// Shape:   the settings of the machine's and the user's policy as one: what restricts more counts.
// Threads: a value and pure functions.
// Source:  docs/srp.md "What is asked about"; reference 10.1, 10.3, 10.5.
#pragma once

#include <set>
#include <span>
#include <string>

#include "policy/request.h"
#include "policy/srp/answer.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

struct Settings {
  bool is_defined = false;
  Level default_level = Level::kUnrestricted;
  TransparentEnabled enforcement = TransparentEnabled::kNone;
  PolicyScope policy_scope = PolicyScope::kAllButAdministrators;
  bool certificate_rules_count = false;
  std::set<std::string, std::less<>> executable_types;  // upper case

  explicit Settings(std::span<const Policy> policies);
};

// kAsked, or why not.
NotAsked WhyNotAsked(const Settings& settings, const Request& request);

// Whether a file of this level is kept from running. From Windows 7 on every level but Unrestricted
// is Disallowed, save that a script host runs what only the default level makes Basic User.
bool IsBlocked(Level level, bool is_default, const Request& request);

}  // namespace portcullis::srp
