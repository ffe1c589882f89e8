// SPDX-License-Identifier: Apache-2.0
// What the service decides and says of itself, as events of the log.
//
// Shape:   one event a decision, with AppLocker's number by collection and effect; a decision that
//          denied by default of a busy file, a deadline or the failure policy has the number of its
//          denial all the same. Service events: ready is 2 and 8001, reloaded 8001, reload-failed
//          8000, gate-replaced and process-replaced 4, stopping 3, note 1.
// Threads: pure, but for the request ids, which any thread may take.
// Source:  docs/events.md.
#pragma once

#include <vector>

#include "enforcement/decision_record.h"
#include "enforcement/supervisor.h"
#include "eventlog/event.h"
#include "eventlog/request_id.h"

namespace portcullis::enforcement {

eventlog::Effect EffectOf(const DecisionRecord& record);
eventlog::Event EventOf(const DecisionRecord& record, eventlog::RequestIds& ids);
std::vector<eventlog::Event> EventsOf(const ServiceEvent& event);
// One sentence of the service's own, now.
eventlog::Event MakeServiceEvent(eventlog::EventId id, std::string text, uint64_t generation = 0);

}  // namespace portcullis::enforcement
