// SPDX-License-Identifier: Apache-2.0
// What becomes of a file under another policy.
//
// Shape:   an Outcome before and one after. They are a change where the file was allowed and is
//          denied, or the other way, and where a denial is no longer only audited or is from now
//          on. That another rule allows a file, or none, is no change, but is counted.
// Limits:  kMaxShownText bytes of a text from outside; an ellipsis stands for the rest.
// Threads: values.
#pragma once

#include <cstdint>
#include <string>

#include "eventlog/event.h"
#include "policy/decision.h"

namespace portcullis::simulation {

inline constexpr size_t kMaxShownText = 512;

struct Outcome {
  Verdict verdict = Verdict::kAllowedByDefault;
  bool would_block = false;

  friend auto operator<=>(const Outcome&, const Outcome&) = default;
};
Outcome OutcomeOf(const Decision& decision);
Outcome OutcomeOf(const eventlog::DecisionEvent& event);  // as it was recorded
// "Denied", "Denied (audit)".
std::string ToString(const Outcome& outcome);

bool IsChange(const Outcome& former, const Outcome& now);
// It was allowed and is denied, though perhaps only audited; or it was not blocked and is.
bool IsDenied(const Outcome& former, const Outcome& now);
bool IsBlocked(const Outcome& former, const Outcome& now);

// Why the outcome is another: the rule that decides now; where none does, the one that decided
// before and no longer matches; else no rule, and `reason` says why.
struct Cause {
  enum class From : uint8_t { kNewRule, kFormerRule, kNoRule };
  From from = From::kNoRule;
  Reason reason = Reason::kNotJudged;  // of the new decision
  std::string rule_id;
  std::string rule_name;
  std::string policy;  // that the rule came from

  friend auto operator<=>(const Cause&, const Cause&) = default;
};
const char* ToString(Cause::From from);  // "new-rule", "former-rule", "no-rule"

Cause CauseOf(const Decision& former, const Decision& now);
Cause CauseOf(const eventlog::DecisionEvent& former, const Decision& now);
// "rule NAME", "no longer: rule NAME", "default"
std::string ToString(const Cause& cause);

// Files whose outcome changes alike for the same cause, of one publisher and in one folder.
struct ChangeGroup {
  Outcome former;
  Outcome now;
  std::string user;
  std::string collection;  // "Exe"; empty: none judges it
  std::string publisher;   // empty: the files count as unsigned
  std::string folder;      // as the facts spell it; '/' and '\' alike end it
  Cause cause;

  friend auto operator<=>(const ChangeGroup&, const ChangeGroup&) = default;
};

// The path without its last component; the root's own separator stays.
std::string FolderOf(std::string_view path);
std::string ShownText(std::string_view text);

}  // namespace portcullis::simulation
