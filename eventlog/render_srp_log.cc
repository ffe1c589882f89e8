// SPDX-License-Identifier: Apache-2.0
// The advanced log of Software Restriction Policies, as LogFileName has Windows write it: a line
// for every file that was identified, allowed or not (reference 10.6).
#include <fmt/core.h>

#include <string_view>

#include "eventlog/rendering.h"
#include "eventlog/visible_text.h"

namespace portcullis::eventlog {
namespace {

// What Windows names where no rule matched.
constexpr std::string_view kDefaultGuid = "11015445-d282-4f86-96a2-9e485f593302";

std::string_view KindText(const EventSrp& srp) {
  if (!srp.kind) return "default";
  return *srp.kind == srp::RuleKind::kUrlZone ? "internet zone" : ToString(*srp.kind);
}

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace

std::string RenderSrpLog(const Event& event) {
  if (!event.decision || !event.decision->srp) return {};
  const DecisionEvent& decision = *event.decision;
  const EventSrp& srp = *decision.srp;
  return fmt::format("{} (PID = {}) identified {} as {} using {} rule, Guid = {{{}}}",
                     VisibleLine(NameOf(decision.process.program)), decision.process.pid,
                     VisibleLine(decision.file.path), DisplayName(srp.level), KindText(srp),
                     decision.rule ? std::string_view(decision.rule->id) : kDefaultGuid);
}

}  // namespace portcullis::eventlog
