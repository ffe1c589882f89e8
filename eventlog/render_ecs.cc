// SPDX-License-Identifier: Apache-2.0
// Elastic Common Schema; what it has no field for stands under `appcontrol` (docs/events.md "ECS").
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "base/base64.h"
#include "base/utc_time.h"
#include "base/utf.h"
#include "eventlog/event_words.h"
#include "eventlog/json_members.h"
#include "eventlog/rendering.h"

namespace portcullis::eventlog {
namespace {

constexpr std::string_view kEcsVersion = "8.17.0";
constexpr uint64_t kSchema = 1;  // of `appcontrol`

std::string TimeText(int64_t time_ns) { return FormatUtcNanoseconds(time_ns, 6); }

// How an event about the service is filed.
struct Filing {
  std::string_view dataset;
  std::string_view category;
  std::string_view type;
};

Filing FilingOf(EventId id) {
  switch (id) {
    case EventId::kStarted:
      return {"appcontrol.health", "process", "start"};
    case EventId::kStopping:
      return {"appcontrol.health", "process", "end"};
    case EventId::kPolicyFailed:
    case EventId::kNoPackageRules:
      return {"appcontrol.policy", "configuration", "error"};
    case EventId::kPolicyApplied:
    case EventId::kPolicyConfirmed:
    case EventId::kPolicyReverted:
      return {"appcontrol.policy", "configuration", "change"};
    case EventId::kRecordsLost:
    case EventId::kStoreSetAside:
      return {"appcontrol.health", "host", "error"};
    default:
      return {"appcontrol.health", "host", "info"};
  }
}

void WriteList(JsonWriter& json, std::string_view key,
               std::initializer_list<std::string_view> list) {
  json.Key(key).BeginArray();
  for (const std::string_view word : list) json.String(word);
  json.EndArray();
}

void WriteDecisionAsEvent(JsonWriter& json, const DecisionEvent& decision, Effect effect) {
  const bool is_denied = effect == Effect::kDenied;
  WriteList(json, "category", {"process"});
  WriteList(json, "type", {"start", is_denied ? "denied" : "allowed"});
  json.String("action", ActionWord(decision.operation))
      .String("outcome", is_denied ? "failure" : "success")
      .String("dataset", "appcontrol.decision");
}

void WriteServiceAsEvent(JsonWriter& json, EventId id) {
  const Filing filing = FilingOf(id);
  WriteList(json, "category", {filing.category});
  WriteList(json, "type", {filing.type});
  json.String("action", KindOrNote(id).name)
      .String("outcome", filing.type == "error" ? "failure" : "success")
      .String("dataset", filing.dataset);
}

void WriteEvent(JsonWriter& json, const Event& event, const Origin& origin) {
  json.Key("event").BeginObject();
  WriteTextIfAny(json, "id", EventUid(event, origin));
  if (event.sequence != 0) json.Number("sequence", event.sequence);
  json.String("kind", "event")
      .String("code", std::to_string(static_cast<int>(event.id)))
      .String("provider", kProduct);
  const auto effect = EffectOf(event.id);
  if (event.decision && effect) {
    WriteDecisionAsEvent(json, *event.decision, *effect);
  } else {
    WriteServiceAsEvent(json, event.id);
  }
  json.EndObject();
}

void WriteLog(JsonWriter& json, Level level) {
  std::string word = ToString(level);
  word.front() = static_cast<char>(word.front() - 'A' + 'a');
  json.Key("log").BeginObject().String("level", word).EndObject();
}

void WriteHost(JsonWriter& json, const Origin& origin) {
  json.Key("host").BeginObject();
  WriteTextIfAny(json, "id", origin.machine_id);
  WriteTextIfAny(json, "name", origin.host_name);
  json.EndObject();
}

// "DOMAIN\name" is two fields.
void WriteUser(JsonWriter& json, const EventProcess& process) {
  json.Key("user").BeginObject();
  if (process.user_sid) json.String("id", process.user_sid->ToString());
  const std::string_view user = process.user;
  const size_t backslash = user.find('\\');
  if (backslash == std::string_view::npos) {
    WriteTextIfAny(json, "name", user);
  } else {
    WriteTextIfAny(json, "name", user.substr(backslash + 1));
    WriteTextIfAny(json, "domain", user.substr(0, backslash));
  }
  json.EndObject();
}

void WriteTerminal(JsonWriter& json, uint32_t device) {
  if (device == 0) return;
  json.Key("tty").BeginObject().Key("char_device").BeginObject();
  json.Number("major", major(device)).Number("minor", minor(device));
  json.EndObject().EndObject();
}

void WriteExecutables(JsonWriter& json, const DecisionEvent& decision) {
  const std::string& program = decision.process.program;
  if (decision.operation != Operation::kExecute) {
    WriteTextIfAny(json, "executable", program);
    return;
  }
  WriteTextIfAny(json, "executable", decision.file.path);
  if (program.empty()) return;
  json.Key("previous").BeginArray().BeginObject();
  WriteText(json, "executable", program);
  json.EndObject().EndArray();
}

void WriteProcess(JsonWriter& json, const DecisionEvent& decision) {
  const EventProcess& process = decision.process;
  json.Key("process").BeginObject().Number("pid", process.pid);
  json.Key("thread").BeginObject().Number("id", process.thread_id).EndObject();
  WriteExecutables(json, decision);
  if (!process.command_line.empty()) {
    json.Key("args").BeginArray();
    for (const std::string& argument : process.command_line) json.String(VisibleUtf8(argument));
    json.EndArray().Number("args_count", process.command_line.size());
  }
  json.Key("user").BeginObject();
  WriteId(json, "id", process.uid);
  json.EndObject().Key("group").BeginObject();
  WriteId(json, "id", process.gid);
  json.EndObject();
  WriteTerminal(json, process.terminal);
  json.Key("parent").BeginObject().Number("pid", process.parent_pid).EndObject().EndObject();
}

void WriteFile(JsonWriter& json, const EventFile& file) {
  json.Key("file").BeginObject();
  WriteText(json, "path", file.path);
  WriteText(json, "name", FileNameOf(file.path));
  json.String("type", "file").Number("size", file.size);
  WriteId(json, "inode", file.inode);
  json.String("device", fmt::format("{:02x}:{:02x}", major(file.device), minor(file.device)));
  WriteId(json, "uid", file.owner_uid);
  WriteId(json, "gid", file.owner_gid);
  if (file.mode) json.String("mode", fmt::format("{:04o}", *file.mode & ~uint32_t{S_IFMT}));
  if (file.mtime_ns) json.String("mtime", TimeText(*file.mtime_ns));
  if (file.sha256) {
    json.Key("hash").BeginObject();
    WriteText(json, "sha256", *file.sha256);
    json.EndObject();
  }
  if (file.publisher) {
    json.Key("code_signature").BeginObject();
    json.Bool("exists", true).Bool("valid", true).Bool("trusted", true);
    WriteText(json, "subject_name", file.publisher->publisher);
    json.EndObject();
  }
  json.EndObject();
}

void WriteRule(JsonWriter& json, const DecisionEvent& decision) {
  const auto& rule = decision.rule;
  json.Key("rule").BeginObject();
  WriteText(json, "id", rule ? std::string_view(rule->id) : kNoRuleId);
  WriteText(json, "name", rule ? std::string_view(rule->name) : kUnset);
  if (decision.collection) json.String("ruleset", ToString(*decision.collection));
  if (rule) json.String("category", rule->is_deny ? "Deny" : "Allow");
  json.EndObject();
}

void WriteUnknown(JsonWriter& json, const UnknownAttributes& unknown) {
  json.Key("unknown").BeginArray();
  if (unknown.hash) json.String("hash");
  if (unknown.publisher) json.String("publisher");
  json.EndArray();
}

void WriteVerdict(JsonWriter& json, const DecisionEvent& decision, Effect effect) {
  json.Key("collection");
  decision.collection ? json.String(ToString(*decision.collection)) : json.Null();
  json.String("operation", ToString(decision.operation))
      .String("mode", ModeWord(decision.enforcement))
      .String("verdict", ToString(decision.verdict))
      .String("decision", DecisionWord(effect))
      .String("reason", ToString(decision.reason))
      .Bool("blocked", decision.blocked)
      .String("answered_by", ToString(decision.answered_by));
  if (!decision.rule) return;
  WriteText(json, "rule_sddl", decision.rule->sddl);
  json.Key("policy").BeginObject();
  WriteText(json, "name", decision.rule->policy);
  json.EndObject();
}

void WriteFileForRules(JsonWriter& json, const EventFile& file) {
  if (!IsValidUtf8(file.path)) json.String("path_b64", Base64(file.path));
  json.Bool("path_verified", file.path_verified);
  WriteTextIfAny(json, "macro_path", file.macro_path);
  if (file.rule_sha256) WriteText(json, "rule_sha256", *file.rule_sha256);
  WriteText(json, "fqbn", FqbnOf(file));
  WriteUnknown(json, file.unknown);
}

void WriteAsker(JsonWriter& json, const EventProcess& process) {
  WriteTextIfAny(json, "program", process.program);
  WriteNumberIfAny(json, "login_uid", process.login_uid);
  WriteNumberIfAny(json, "session_id", process.session_id);
  json.Bool("is_service", process.is_service);
}

void WriteAppcontrol(JsonWriter& json, const Event& event, const Origin& origin) {
  json.Key("appcontrol").BeginObject().Number("schema", kSchema);
  WriteTextIfAny(json, "stream", origin.stream);
  json.String("channel", KindOrNote(event.id).channel);
  WriteTextIfAny(json, "request_id", event.request_id);
  json.Number("generation", event.generation);
  const auto effect = EffectOf(event.id);
  if (event.decision && effect) {
    WriteVerdict(json, *event.decision, *effect);
    WriteFileForRules(json, event.decision->file);
    WriteAsker(json, event.decision->process);
  }
  json.Number("count", event.count)
      .String("first", TimeText(event.time_ns))
      .String("last", TimeText(std::max(event.time_ns, event.last_time_ns)))
      .EndObject();
}

}  // namespace

std::string RenderEcs(const Event& event, const Origin& origin) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().String("@timestamp", TimeText(event.time_ns));
  json.Key("ecs").BeginObject().String("version", kEcsVersion).EndObject();
  WriteText(json, "message", MessageOf(event));
  WriteEvent(json, event, origin);
  WriteLog(json, KindOrNote(event.id).level);
  WriteHost(json, origin);
  if (event.decision && EffectOf(event.id)) {
    WriteUser(json, event.decision->process);
    WriteProcess(json, *event.decision);
    WriteFile(json, event.decision->file);
    WriteRule(json, *event.decision);
  }
  WriteAppcontrol(json, event, origin);
  json.EndObject();
  return line;
}

}  // namespace portcullis::eventlog
