// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/change.h"

#include <fmt/core.h>

#include "policy/srp/rule_text.h"

namespace portcullis::simulation {
namespace {

Outcome MakeOutcome(Verdict verdict, applocker::EnforcementMode mode) {
  return {verdict, IsDenial(verdict) && mode != applocker::EnforcementMode::kAuditOnly};
}

std::string SrpName(const srp::Rule& rule) {
  return fmt::format("{} {}", srp::ToString(rule.kind()), srp::TargetText(rule));
}

// Takes rule and policy of a decision; false where no rule decided.
bool TakeRule(Cause& cause, const Decision& decision) {
  if (decision.reason == Reason::kSrpRule && decision.srp) {
    cause.rule_id = srp::IdText(*decision.srp->rule);
    cause.rule_name = ShownText(SrpName(*decision.srp->rule));
  } else if (decision.rule != nullptr) {
    cause.rule_id = decision.rule->id.ToString();
    cause.rule_name = ShownText(decision.rule->name);
  } else {
    return false;
  }
  cause.policy = ShownText(decision.policy);
  return true;
}

Cause NewCause(const Decision& now) {
  Cause cause;
  cause.reason = now.reason;
  if (TakeRule(cause, now)) cause.from = Cause::From::kNewRule;
  return cause;
}

}  // namespace

Outcome OutcomeOf(const Decision& decision) {
  return MakeOutcome(decision.verdict, decision.enforcement);
}

Outcome OutcomeOf(const eventlog::DecisionEvent& event) {
  return MakeOutcome(event.verdict, event.enforcement);
}

std::string ToString(const Outcome& outcome) {
  const bool is_audited = IsDenial(outcome.verdict) && !outcome.would_block;
  return fmt::format("{}{}", portcullis::ToString(outcome.verdict), is_audited ? " (audit)" : "");
}

bool IsChange(const Outcome& former, const Outcome& now) {
  return IsDenial(former.verdict) != IsDenial(now.verdict) || former.would_block != now.would_block;
}

bool IsDenied(const Outcome& former, const Outcome& now) {
  return (IsDenial(now.verdict) && !IsDenial(former.verdict)) || IsBlocked(former, now);
}

bool IsBlocked(const Outcome& former, const Outcome& now) {
  return now.would_block && !former.would_block;
}

const char* ToString(Cause::From from) {
  switch (from) {
    case Cause::From::kNewRule:
      return "new-rule";
    case Cause::From::kFormerRule:
      return "former-rule";
    case Cause::From::kNoRule:
      return "no-rule";
  }
  return "";
}

Cause CauseOf(const Decision& former, const Decision& now) {
  Cause cause = NewCause(now);
  if (cause.from == Cause::From::kNoRule && TakeRule(cause, former)) {
    cause.from = Cause::From::kFormerRule;
  }
  return cause;
}

Cause CauseOf(const eventlog::DecisionEvent& former, const Decision& now) {
  Cause cause = NewCause(now);
  if (cause.from != Cause::From::kNoRule || !former.rule) return cause;
  cause.from = Cause::From::kFormerRule;
  cause.rule_id = ShownText(former.rule->id);
  cause.rule_name = ShownText(former.rule->name);
  cause.policy = ShownText(former.rule->policy);
  return cause;
}

std::string ToString(const Cause& cause) {
  switch (cause.from) {
    case Cause::From::kNewRule:
      return cause.rule_name;
    case Cause::From::kFormerRule:
      return fmt::format("no longer: {}", cause.rule_name);
    case Cause::From::kNoRule:
      break;
  }
  return fmt::format("no rule: {}", portcullis::ToString(cause.reason));
}

std::string FolderOf(std::string_view path) {
  const bool is_host = path.starts_with('/');
  const size_t end = is_host ? path.rfind('/') : path.find_last_of("/\\");
  if (end == std::string_view::npos) return {};
  return ShownText(path.substr(0, end == 0 ? 1 : end));
}

std::string ShownText(std::string_view text) {
  if (text.size() <= kMaxShownText) return std::string(text);
  size_t end = kMaxShownText;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "\u2026";
}

}  // namespace portcullis::simulation
