// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_of.h"

#include <utility>

#include "base/clock.h"
#include "policy/applocker/rule_sddl.h"

namespace portcullis::enforcement {
namespace {

using eventlog::Effect;
using eventlog::Event;
using eventlog::EventId;

eventlog::EventRule RuleOf(const DecisionRecord::Rule& rule) {
  eventlog::EventRule made{rule.id, rule.name, "", rule.policy, rule.is_deny};
  if (rule.source == nullptr) return made;
  if (auto sddl = applocker::RuleToSddl(*rule.source)) made.sddl = *std::move(sddl);
  return made;
}

eventlog::EventFile FileOf(const DecisionRecord& record) {
  eventlog::EventFile file;
  file.path = record.path;
  file.path_verified = record.path_verified;
  file.macro_path = record.macro_path;
  file.sha256 = record.sha256;
  file.rule_sha256 = record.rule_sha256;
  file.publisher = record.publisher;
  if (!record.file) return file;
  const FileStatus& status = *record.file;
  file.size = status.key.size;
  file.inode = status.key.inode;
  file.device = status.key.device;
  file.owner_uid = status.owner;
  file.owner_gid = status.group;
  file.mode = status.mode;
  file.mtime_ns = status.key.modified_ns;
  return file;
}

eventlog::EventProcess ProcessOf(const DecisionRecord& record) {
  eventlog::EventProcess process;
  process.pid = static_cast<uint32_t>(record.pid);
  process.thread_id = static_cast<uint32_t>(record.tid);
  process.parent_pid = static_cast<uint32_t>(record.ppid);
  process.program = record.program;
  process.command_line = record.command_line;
  process.uid = record.uid;
  process.gid = record.gid;
  process.login_uid = record.login_uid;
  process.session_id = record.trace.session_id;
  process.terminal = record.trace.terminal;
  process.user = record.user;
  process.user_sid = record.user_sid;
  process.is_service = record.is_service;
  return process;
}

}  // namespace

// What was only observed would have been denied as what is audited would.
Effect EffectOf(const DecisionRecord& record) {
  if (record.blocked) return Effect::kDenied;
  return IsDenial(record.verdict) ? Effect::kAudited : Effect::kAllowed;
}

Event EventOf(const DecisionRecord& record, eventlog::RequestIds& ids) {
  Event event;
  event.id =
      eventlog::IdOf(record.collection, EffectOf(record), record.operation == Operation::kInstall);
  event.time_ns = event.last_time_ns = record.time_ns;
  event.request_id = ids.Next();
  event.generation = record.generation;
  eventlog::DecisionEvent decision;
  decision.operation = record.operation;
  decision.verdict = record.verdict;
  decision.collection = record.collection;
  decision.enforcement = record.enforcement;
  decision.reason = record.reason;
  decision.blocked = record.blocked;
  decision.answered_by = record.answered_by;
  if (record.rule) decision.rule = RuleOf(*record.rule);
  decision.file = FileOf(record);
  decision.process = ProcessOf(record);
  event.decision = std::move(decision);
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
    case ServiceEvent::Kind::kNote:
      break;
  }
  return {made(EventId::kNote)};
}

}  // namespace portcullis::enforcement
