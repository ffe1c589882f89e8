// SPDX-License-Identifier: Apache-2.0
// Software Restriction Policies as rules of AppLocker, and what of them AppLocker can not say.
//
// Shape:   policies in, one AppLocker policy and a report out: of every rule, which rules it became
//          and how exactly; of the whole, notes. What can not be said exactly errs to the default
//          level: nothing runs that a restricting default kept from running, and nothing is kept
//          that an allowing one let run, by the rules that were written.
// Limits:  policy/srp/migration/drafts.h, policy/applocker/limits.h.
// Errors:  kLimitExceeded: what, found, allowed. Nothing is left out silently.
// Lifetime: the report points into `policies`.
// Threads: a pure function; the same of the same, ids as well.
// Source:  docs/srp-to-applocker.md; reference 2 to 5 and 10.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/applocker/model.h"
#include "policy/srp/environment.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

// Which values of variables are written: all of this host, or those that are paths of Windows.
enum class PathsFor : uint8_t { kHost, kWindows };

// A macro of AppLocker and the folders that it stands for.
struct MacroFolders {
  std::string macro;  // "%WINDIR%"
  std::vector<std::string> folders;
};

struct MigrationOptions {
  PathsFor paths_for = PathsFor::kHost;
  // A variable that stands for just these folders is written as the macro.
  std::vector<MacroFolders> macros;
  applocker::EnforcementMode mode = applocker::EnforcementMode::kEnabled;
};

enum class Equality : uint8_t {
  kExact,    // AppLocker's rules say what the rule says
  kInexact,  // nearly
  kNone,     // AppLocker can not say it
};
const char* ToString(Equality equality);  // "exact", "inexact", "none"

struct MigratedRule {
  const Rule* rule = nullptr;
  Equality equality = Equality::kExact;
  std::vector<applocker::RuleId> ids;  // of the rules that it became
  // How many rules, of a collection, have an exception for it.
  size_t exception_of = 0;
  std::vector<std::string> sentences;  // why not, and what else is worth knowing
};

// About the policy as a whole.
struct MigrationNote {
  const char* about;          // "designated-types", ...
  bool is_difference = true;  // AppLocker says something else there; false: a hint
  const char* sentence;
};

struct Migration {
  applocker::AppLockerPolicy policy;
  std::vector<MigratedRule> rules;  // in the order of the policies
  std::vector<MigrationNote> notes;
};

Result<Migration> ToAppLocker(std::span<const Policy> policies, const Environment& environment,
                              const MigrationOptions& options);

}  // namespace portcullis::srp
