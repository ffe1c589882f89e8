// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_of.h"

#include <utility>

#include "base/clock.h"
#include "policy/applocker/rule_sddl.h"

namespace portcullis::enforcement {

using eventlog::Effect;
using eventlog::Event;
using eventlog::EventId;

// What was only observed would have been denied as what is audited would.
Effect EffectOf(const DecisionRecord& record) {
  if (record.blocked) return Effect::kDenied;
  return IsDenial(record.verdict) ? Effect::kAudited : Effect::kAllowed;
}

Event EventOf(const DecisionRecord& record, eventlog::RequestIds& ids) {
  Event event;
  const Effect effect = EffectOf(record);
  event.id =
      record.srp && effect == Effect::kDenied
          ? eventlog::SrpIdOf(record.srp->kind, record.operation == Operation::kLoad)
          : eventlog::IdOf(record.collection, effect, record.operation == Operation::kInstall);
  event.time_ns = event.last_time_ns = record.time_ns;
  event.request_id = ids.Next();
  event.generation = record.generation;
  event.decision = record;
  if (record.rule_source != nullptr) {
    if (auto sddl = applocker::RuleToSddl(*record.rule_source)) {
      event.decision->rule->sddl = *std::move(sddl);
    }
  }
  return event;
}

Event MakeServiceEvent(EventId id, std::string text, uint64_t generation) {
  Event event;
  event.id = id;
  event.time_ns = event.last_time_ns = RealtimeNs();
  event.generation = generation;
  event.text = std::move(text);
  return event;
}

std::vector<Event> EventsOf(const ServiceEvent& event) {
  const auto made = [&](EventId id) { return MakeServiceEvent(id, event.text, event.generation); };
  switch (event.kind) {
    case ServiceEvent::Kind::kReady:
      return {
          made(EventId::kStarted),
          MakeServiceEvent(EventId::kPolicyApplied, "the policies are in force", event.generation)};
    case ServiceEvent::Kind::kReloaded:
      return {made(EventId::kPolicyApplied)};
    case ServiceEvent::Kind::kReloadFailed:
      return {made(EventId::kPolicyFailed)};
    case ServiceEvent::Kind::kGateReplaced:
    case ServiceEvent::Kind::kProcessReplaced:
      return {made(EventId::kProcessReplaced)};
    case ServiceEvent::Kind::kStopping:
      return {made(EventId::kStopping)};
    case ServiceEvent::Kind::kPolicyConfirmed:
      return {made(EventId::kPolicyConfirmed)};
    case ServiceEvent::Kind::kPolicyReverted:
      return {made(EventId::kPolicyReverted)};
    case ServiceEvent::Kind::kNote:
      break;
  }
  return {made(EventId::kNote)};
}

}  // namespace portcullis::enforcement
