// SPDX-License-Identifier: Apache-2.0
// Open Cybersecurity Schema Framework; what its classes have no attribute for stands under
// `unmapped` (docs/events.md "OCSF").
#include <algorithm>

#include "base/base64.h"
#include "base/utf.h"
#include "eventlog/event_words.h"
#include "eventlog/json_members.h"
#include "eventlog/rendering.h"

namespace portcullis::eventlog {
namespace {

constexpr std::string_view kOcsfVersion = "1.9.0";
constexpr int64_t kMillisecond = 1'000'000;

// A class with the one activity that is used of it.
struct Class {
  uint64_t uid;
  std::string_view name;
  uint64_t category;
  std::string_view category_name;
  uint64_t activity;
  std::string_view activity_name;
};

constexpr Class kLaunch = {1007, "Process Activity", 1, "System Activity", 1, "Launch"};
constexpr Class kLoad = {1005, "Module Activity", 1, "System Activity", 1, "Load"};
constexpr Class kScript = {1009, "Script Activity", 1, "System Activity", 1, "Execute"};

const Class& ClassOf(Operation operation) {
  if (operation == Operation::kLoad) return kLoad;
  return operation == Operation::kScript ? kScript : kLaunch;
}

Class LifecycleOf(EventId id) {
  Class lifecycle = {6002, "Application Lifecycle", 6, "Application Activity",
                     99,   KindOrNote(id).name};
  if (id == EventId::kStarted) lifecycle.activity = 3, lifecycle.activity_name = "Start";
  if (id == EventId::kStopping) lifecycle.activity = 4, lifecycle.activity_name = "Stop";
  return lifecycle;
}

struct Severity {
  uint64_t id;
  std::string_view name;
};

Severity SeverityOf(const Event& event) {
  constexpr Severity kInformational = {1, "Informational"};
  constexpr Severity kLow = {2, "Low"};
  constexpr Severity kMedium = {3, "Medium"};
  constexpr Severity kHigh = {4, "High"};
  switch (SyslogSeverity(event)) {
    case 3:
      return kHigh;
    case 4:
      return kMedium;
    case 5:
      return kLow;
    default:
      return kInformational;
  }
}

uint64_t Milliseconds(int64_t time_ns) {
  return static_cast<uint64_t>(std::max<int64_t>(time_ns, 0) / kMillisecond);
}

void WriteClass(JsonWriter& json, const Class& which) {
  json.Number("category_uid", which.category)
      .String("category_name", which.category_name)
      .Number("class_uid", which.uid)
      .String("class_name", which.name)
      .Number("activity_id", which.activity)
      .String("activity_name", which.activity_name)
      .Number("type_uid", which.uid * 100 + which.activity);
}

void WriteOccurrence(JsonWriter& json, const Event& event, bool is_failure) {
  const Severity severity = SeverityOf(event);
  json.Number("severity_id", severity.id)
      .String("severity", severity.name)
      .Number("time", Milliseconds(event.time_ns))
      .Number("start_time", Milliseconds(event.time_ns))
      .Number("end_time", Milliseconds(std::max(event.time_ns, event.last_time_ns)))
      .Number("count", event.count)
      .Number("status_id", is_failure ? 2 : 1)
      .String("status", is_failure ? "Failure" : "Success");
  WriteText(json, "message", MessageOf(event));
}

void WriteProduct(JsonWriter& json, std::string_view key) {
  json.Key(key).BeginObject().String("name", kProduct).String("vendor_name", kProduct).EndObject();
}

void WriteMetadata(JsonWriter& json, const Event& event, const Origin& origin) {
  json.Key("metadata").BeginObject().String("version", kOcsfVersion);
  WriteProduct(json, "product");
  json.Key("profiles").BeginArray().String("host");
  if (event.decision && EffectOf(event.id)) json.String("security_control");
  json.EndArray();
  json.String("event_code", std::to_string(static_cast<int>(event.id)))
      .String("log_name", KindOrNote(event.id).channel)
      .String("log_provider", kProduct);
  WriteTextIfAny(json, "uid", EventUid(event, origin));
  WriteTextIfAny(json, "correlation_uid", event.request_id);
  if (event.sequence != 0) json.Number("sequence", event.sequence);
  json.EndObject();
}

void WriteDevice(JsonWriter& json, const Origin& origin) {
  json.Key("device").BeginObject().Number("type_id", 0).String("type", "Unknown");
  WriteTextIfAny(json, "hostname", origin.host_name);
  WriteTextIfAny(json, "uid", origin.machine_id);
  json.EndObject();
}

void WriteControl(JsonWriter& json, const Event& event, Effect effect) {
  struct Control {
    uint64_t action;
    std::string_view action_name;
    uint64_t disposition;
    std::string_view disposition_name;
  };
  constexpr Control kAllow = {1, "Allowed", 1, "Allowed"};
  constexpr Control kAudit = {3, "Observed", 17, "Logged"};
  constexpr Control kDeny = {2, "Denied", 2, "Blocked"};
  const Control& control = effect == Effect::kAllowed   ? kAllow
                           : effect == Effect::kAudited ? kAudit
                                                        : kDeny;
  json.Number("action_id", control.action)
      .String("action", control.action_name)
      .Number("disposition_id", control.disposition)
      .String("disposition", control.disposition_name)
      .Bool("is_alert", effect == Effect::kDenied);
  json.Key("policy").BeginObject();
  if (event.decision->rule) WriteTextIfAny(json, "name", event.decision->rule->policy);
  json.String("version", std::to_string(event.generation)).EndObject();
}

void WriteUser(JsonWriter& json, const EventProcess& process) {
  json.Key("user").BeginObject();
  if (process.user_sid) json.String("uid", process.user_sid->ToString());
  WriteTextIfAny(json, "name", process.user);
  json.Number("type_id", 0).EndObject();
}

void WriteFingerprint(JsonWriter& json, const EventFile& file) {
  if (!file.sha256) return;
  json.Key("hashes").BeginArray().BeginObject();
  json.Number("algorithm_id", 3).String("algorithm", "SHA-256");
  WriteText(json, "value", *file.sha256);
  json.EndObject().EndArray();
}

void WriteFile(JsonWriter& json, const EventFile& file) {
  json.Key("file").BeginObject();
  WriteText(json, "name", FileNameOf(file.path));
  WriteText(json, "path", file.path);
  json.Number("type_id", 1).String("type", "Regular File").Number("size", file.size);
  json.String("uid", std::to_string(file.inode));
  if (file.mtime_ns) json.Number("modified_time", Milliseconds(*file.mtime_ns));
  WriteFingerprint(json, file);
  if (file.publisher) {
    json.Key("signature").BeginObject();
    json.Number("algorithm_id", 4).String("algorithm", "Authenticode");
    json.Number("state_id", 1).String("state", "Valid").EndObject();
  }
  json.EndObject();
}

// The program of a process that is known by its path alone.
void WriteProgram(JsonWriter& json, std::string_view path) {
  if (path.empty()) return;
  json.Key("file").BeginObject();
  WriteText(json, "name", FileNameOf(path));
  WriteText(json, "path", path);
  json.Number("type_id", 1).EndObject();
}

// Of a launch the one who asks becomes what is launched: the actor is the process above it.
void WriteActor(JsonWriter& json, const EventProcess& process, bool is_launch) {
  json.Key("actor").BeginObject().Key("process").BeginObject();
  json.Number("pid", is_launch ? process.parent_pid : process.pid);
  if (!is_launch) WriteProgram(json, process.program);
  json.EndObject();
  WriteUser(json, process);
  json.EndObject();
}

void WriteLaunch(JsonWriter& json, const DecisionEvent& decision) {
  const EventProcess& process = decision.process;
  json.Number("launch_type_id", 3).String("launch_type", "Exec");
  json.Key("process").BeginObject().Number("pid", process.pid).Number("tid", process.thread_id);
  std::string command_line;
  for (const std::string& argument : process.command_line) {
    if (!command_line.empty()) command_line += ' ';
    command_line += argument;
  }
  WriteTextIfAny(json, "cmd_line", command_line);
  WriteFile(json, decision.file);
  WriteUser(json, process);
  json.Key("parent_process").BeginObject().Number("pid", process.parent_pid).EndObject();
  json.EndObject();
}

void WriteModule(JsonWriter& json, const DecisionEvent& decision) {
  json.Key("module").BeginObject().Number("load_type_id", 1).String("load_type", "Standard");
  WriteFile(json, decision.file);
  json.EndObject();
}

// The text of a script is none of the log's business; the schema wants the attribute.
void WriteScript(JsonWriter& json, const DecisionEvent& decision) {
  json.Key("script").BeginObject().Number("type_id", 0).String("type", "Unknown");
  json.Key("script_content").BeginObject().String("value", "");
  json.Bool("is_truncated", true).Number("untruncated_size", decision.file.size).EndObject();
  WriteFile(json, decision.file);
  WriteFingerprint(json, decision.file);
  json.EndObject();
}

void WriteTarget(JsonWriter& json, const DecisionEvent& decision) {
  if (decision.operation == Operation::kLoad) return WriteModule(json, decision);
  if (decision.operation == Operation::kScript) return WriteScript(json, decision);
  WriteLaunch(json, decision);
}

void WriteUnmappedFile(JsonWriter& json, const EventFile& file) {
  if (!IsValidUtf8(file.path)) json.String("path_b64", Base64(file.path));
  json.Bool("path_verified", file.path_verified);
  WriteTextIfAny(json, "macro_path", file.macro_path);
  if (file.rule_sha256) WriteText(json, "rule_sha256", *file.rule_sha256);
  WriteText(json, "fqbn", FqbnOf(file));
}

void WriteUnmapped(JsonWriter& json, const DecisionEvent& decision, Effect effect) {
  const auto& rule = decision.rule;
  json.Key("unmapped").BeginObject();
  json.Key("rule").BeginObject();
  WriteText(json, "id", rule ? std::string_view(rule->id) : kNoRuleId);
  WriteText(json, "name", rule ? std::string_view(rule->name) : kUnset);
  if (rule) json.String("action", rule->is_deny ? "Deny" : "Allow");
  if (rule) WriteText(json, "sddl", rule->sddl);
  json.EndObject().Key("collection");
  decision.collection ? json.String(ToString(*decision.collection)) : json.Null();
  json.String("operation", ToString(decision.operation))
      .String("mode", ModeWord(decision.enforcement))
      .String("decision", DecisionWord(effect))
      .String("reason", ToString(decision.reason))
      .String("answered_by", ToString(decision.answered_by))
      .Bool("blocked", decision.blocked);
  WriteUnmappedFile(json, decision.file);
  WriteTextIfAny(json, "program", decision.process.program);
  WriteNumberIfAny(json, "uid", decision.process.uid);
  WriteNumberIfAny(json, "login_uid", decision.process.login_uid);
  WriteNumberIfAny(json, "session_id", decision.process.session_id);
  json.EndObject();
}

void WriteDecision(JsonWriter& json, const Event& event, Effect effect) {
  const DecisionEvent& decision = *event.decision;
  const Class& which = ClassOf(decision.operation);
  WriteClass(json, which);
  WriteOccurrence(json, event, effect == Effect::kDenied);
  WriteControl(json, event, effect);
  WriteActor(json, decision.process, which.uid == kLaunch.uid);
  WriteTarget(json, decision);
  WriteUnmapped(json, decision, effect);
}

void WriteLifecycle(JsonWriter& json, const Event& event) {
  WriteClass(json, LifecycleOf(event.id));
  WriteOccurrence(json, event, KindOrNote(event.id).level == Level::kError);
  WriteProduct(json, "app");
  json.Key("unmapped").BeginObject().Number("generation", event.generation).EndObject();
}

}  // namespace

std::string RenderOcsf(const Event& event, const Origin& origin) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  const auto effect = EffectOf(event.id);
  if (event.decision && effect) {
    WriteDecision(json, event, *effect);
  } else {
    WriteLifecycle(json, event);
  }
  WriteMetadata(json, event, origin);
  WriteDevice(json, origin);
  json.EndObject();
  return line;
}

}  // namespace portcullis::eventlog
