// SPDX-License-Identifier: Apache-2.0
// Fields of journald's native protocol: NAME=value and a line's end, or, for a value of several
// lines, NAME, a line's end, the value's length in eight bytes, the value and a line's end.
#include <fmt/core.h>

#include <algorithm>

#include "base/base64.h"
#include "base/utc_time.h"
#include "eventlog/event_words.h"
#include "eventlog/rendering.h"
#include "eventlog/visible_text.h"

namespace portcullis::eventlog {
namespace {

// One identifier a number: these digits and four of the number. Never to be changed.
constexpr std::string_view kMessageIdFront = "6d8f0c2a94b14e7f8a3b5c1e90d2";

class Fields {
 public:
  // The name is one of ours.
  void Add(std::string_view name, std::string_view value) {
    out_.append(name);
    if (value.find('\n') == std::string_view::npos) {
      out_.append("=").append(value);
    } else {
      out_.append("\n");
      for (size_t i = 0; i < 8; ++i) {
        out_.push_back(static_cast<char>(uint64_t{value.size()} >> (8 * i) & 0xFFU));
      }
      out_.append(value);
    }
    out_.append("\n");
  }
  // Under the namespace of application control; nothing is left out.
  void Ours(std::string_view name, std::string_view bytes) {
    if (!bytes.empty()) Add(fmt::format("APPCONTROL_{}", name), VisibleLine(bytes));
  }
  void Ours(std::string_view name, std::optional<uint64_t> number) {
    if (number) Ours(name, std::to_string(*number));
  }
  std::string Take() && { return std::move(out_); }

 private:
  std::string out_;
};

void AddEvent(Fields& fields, const Event& event, const Origin& origin) {
  const int number = static_cast<int>(event.id);
  // A sentence of the service may have several lines; one with a file's name in it has one.
  const LineBreaks breaks = event.decision ? LineBreaks::kEscaped : LineBreaks::kKept;
  fields.Add("MESSAGE", VisibleLine(MessageOf(event), breaks));
  fields.Add("MESSAGE_ID", fmt::format("{}{:04}", kMessageIdFront, number));
  fields.Add("PRIORITY", std::to_string(SyslogSeverity(event)));
  fields.Add("SYSLOG_IDENTIFIER", kProduct);
  fields.Ours("EVENT_ID", number);
  fields.Ours("EVENT", KindOrNote(event.id).name);
  fields.Ours("CHANNEL", KindOrNote(event.id).channel);
  fields.Ours("TIME", FormatUtcNanoseconds(event.time_ns, 6));
  fields.Ours("LAST_TIME", FormatUtcNanoseconds(std::max(event.time_ns, event.last_time_ns), 6));
  fields.Ours("COUNT", event.count);
  if (event.sequence != 0) fields.Ours("SEQUENCE", event.sequence);
  fields.Ours("STREAM", origin.stream);
  fields.Ours("REQUEST_ID", event.request_id);
  fields.Ours("GENERATION", event.generation);
}

void AddVerdict(Fields& fields, const DecisionEvent& decision, Effect effect) {
  fields.Ours("DECISION", DecisionWord(effect));
  fields.Ours("VERDICT", ToString(decision.verdict));
  fields.Ours("REASON", ToString(decision.reason));
  fields.Ours("MODE", ModeWord(decision.enforcement));
  fields.Ours("OPERATION", ToString(decision.operation));
  if (decision.collection) fields.Ours("COLLECTION", ToString(*decision.collection));
  fields.Ours("BLOCKED", decision.blocked ? "true" : "false");
  fields.Ours("ANSWERED_BY", ToString(decision.answered_by));
  fields.Ours("RULE_ID", decision.rule ? std::string_view(decision.rule->id) : kNoRuleId);
  fields.Ours("RULE_NAME", decision.rule ? std::string_view(decision.rule->name) : kUnset);
  if (!decision.rule) return;
  fields.Ours("RULE_ACTION", decision.rule->is_deny ? "Deny" : "Allow");
  fields.Ours("RULE_SDDL", decision.rule->sddl);
  fields.Ours("POLICY", decision.rule->policy);
}

void AddFile(Fields& fields, const EventFile& file) {
  fields.Ours("PATH", file.path);
  if (VisibleLine(file.path) != file.path) fields.Ours("PATH_B64", Base64(file.path));
  fields.Ours("PATH_VERIFIED", file.path_verified ? "true" : "false");
  fields.Ours("MACRO_PATH", file.macro_path);
  fields.Ours("SHA256", file.sha256.value_or(""));
  fields.Ours("RULE_SHA256", file.rule_sha256.value_or(""));
  fields.Ours("FQBN", FqbnOf(file));
  fields.Ours("FILE_UID", file.owner_uid);
}

void AddProcess(Fields& fields, const EventProcess& process) {
  fields.Add("OBJECT_PID", std::to_string(process.pid));
  fields.Ours("PID", process.pid);
  fields.Ours("PPID", process.parent_pid);
  fields.Ours("PROGRAM", process.program);
  std::string command_line;
  for (const std::string& argument : process.command_line) {
    if (!command_line.empty()) command_line += ' ';
    command_line += argument;
  }
  fields.Ours("COMMAND_LINE", command_line);
  fields.Ours("USER", process.user);
  if (process.user_sid) fields.Ours("USER_SID", process.user_sid->ToString());
  fields.Ours("UID", process.uid);
  fields.Ours("LOGIN_UID", process.login_uid);
  fields.Ours("SESSION_ID", process.session_id);
  fields.Ours("IS_SERVICE", process.is_service ? "true" : "false");
}

}  // namespace

std::string RenderJournald(const Event& event, const Origin& origin) {
  Fields fields;
  AddEvent(fields, event, origin);
  const auto effect = EffectOf(event.id);
  if (event.decision && effect) {
    AddVerdict(fields, *event.decision, *effect);
    AddFile(fields, event.decision->file);
    AddProcess(fields, event.decision->process);
  }
  return std::move(fields).Take();
}

}  // namespace portcullis::eventlog
