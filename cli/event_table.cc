// SPDX-License-Identifier: Apache-2.0
#include "cli/event_table.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/utc_time.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using eventlog::DecisionEvent;
using eventlog::Effect;
using eventlog::Event;
using eventlog::EventFile;
using eventlog::EventProcess;

constexpr int64_t kSecond = 1'000'000'000;
constexpr size_t kLabelWidth = 9;

// The file is last: it is never cut.
const std::vector<Column>& Columns() {
  static const std::vector<Column> columns = {{"TIME", 20},           {"ID", 4},    {"EFFECT", 8},
                                              {"COLLECTION", 10},     {"USER", 12}, {"COUNT", 5},
                                              {"RULE OR REASON", 28}, {"FILE", 0}};
  return columns;
}

std::string TimeText(int64_t time_ns) {
  const int64_t seconds = time_ns / kSecond - (time_ns % kSecond < 0 ? 1 : 0);
  return FormatUtcTime(seconds);
}

std::string IdText(const Event& event) {
  return fmt::format("{}", static_cast<unsigned>(event.id));
}

// Numbers of Software Restriction Policies say no effect.
std::string EffectText(const Event& event) {
  if (const auto effect = EffectOf(event.id)) return ToString(*effect);
  if (!event.decision) return "";
  return ToString(IsDenial(event.decision->verdict) ? Effect::kDenied : Effect::kAllowed);
}

std::string KindText(const Event& event) {
  const auto* const kind = KindOf(event.id);
  return kind == nullptr ? "" : std::string(kind->name);
}

std::string UserText(const EventProcess& process) {
  if (!process.user.empty()) return process.user;
  if (process.uid) return fmt::format("{}", *process.uid);
  return process.user_sid ? process.user_sid->ToString() : "";
}

std::string RuleOrReason(const DecisionEvent& decision) {
  if (!decision.rule) return ToString(decision.reason);
  return decision.rule->name.empty() ? decision.rule->id : decision.rule->name;
}

std::string Line(std::string_view label, const std::string& text) {
  return fmt::format("  {}{}\n", Padded(label, kLabelWidth), text);
}

std::string WhatText(const EventFile& file) {
  std::string text = Printable(file.path);
  if (!file.path_verified) text += " (as its task names it; not verified)";
  return text;
}

std::string FactsText(const EventFile& file) {
  std::string text = fmt::format("{} bytes", Grouped(file.size));
  if (file.owner_uid) text += fmt::format(", owner uid {}", *file.owner_uid);
  if (file.mode) text += fmt::format(", mode {:o}", *file.mode & 07777);
  if (file.sha256) text += ", SHA-256 " + *file.sha256;
  if (file.publisher) text += ", signed by " + Printable(file.publisher->publisher);
  return text;
}

std::string WhoText(const EventProcess& process) {
  std::string text = Printable(process.user);
  const auto add = [&text](const std::string& more) {
    text.append(text.empty() ? "" : ", ").append(more);
  };
  if (process.uid) add(fmt::format("uid {}", *process.uid));
  if (process.user_sid) add(process.user_sid->ToString());
  if (process.login_uid) add(fmt::format("login uid {}", *process.login_uid));
  if (process.session_id) add(fmt::format("session {}", *process.session_id));
  if (process.is_service) add("a service");
  return text;
}

std::string FromText(const EventProcess& process) {
  const std::string program =
      process.program.empty() ? "a program that is gone" : Printable(process.program);
  return fmt::format("{}, process {} (parent {})", program, process.pid, process.parent_pid);
}

std::string CommandText(const std::vector<std::string>& command_line) {
  std::string text;
  for (const std::string& argument : command_line) {
    text.append(text.empty() ? "" : " ").append(ShellWord(argument));
  }
  return text;
}

std::string CollectionText(const DecisionEvent& decision) {
  return decision.collection ? ToString(*decision.collection) : "";
}

std::string BecauseOfReason(const DecisionEvent& decision) {
  const std::string collection = CollectionText(decision);
  switch (decision.reason) {
    case Reason::kRule:
      return "a rule decided";
    case Reason::kDefault:
      return fmt::format("no rule of the collection {} allows it", collection);
    case Reason::kNoRules:
      return fmt::format("the collection {} has no rules", collection);
    case Reason::kNotJudged:
      return "no collection judges it";
    case Reason::kServiceExempt:
      return fmt::format("the collection {} leaves services alone", collection);
    case Reason::kPackagedAppRule:
      return "Exe is enforced and there are no rules for packaged apps";
    case Reason::kSystemApp:
      return "it is an app of the system";
    case Reason::kSrpRule:
      return "a rule of Software Restriction Policies";
    case Reason::kSrpDefault:
      return "the default level of Software Restriction Policies";
    case Reason::kFailurePolicy:
      return "the service could not find out, and its failure policy says so";
  }
  return "";
}

std::string BecauseText(const DecisionEvent& decision) {
  if (!decision.rule) return BecauseOfReason(decision);
  const eventlog::EventRule& rule = *decision.rule;
  return fmt::format("the rule \"{}\" ({}) of {} {} it", Printable(rule.name), Printable(rule.id),
                     Printable(rule.policy), rule.is_deny ? "denies" : "allows");
}

std::string AnsweredText(const DecisionEvent& decision) {
  switch (decision.answered_by) {
    case eventlog::AnsweredBy::kDecision:
    case eventlog::AnsweredBy::kFailurePolicy:
      return "";
    case eventlog::AnsweredBy::kDeadline:
      return "answered at the deadline, by what was known of the file until then";
    case eventlog::AnsweredBy::kBusyFile:
      return "somebody had the file open for writing, so it was refused as busy";
    case eventlog::AnsweredBy::kObserved:
      return "it was only observed: nobody asked";
  }
  return "";
}

std::string ExplainCommand(const DecisionEvent& decision) {
  const EventProcess& process = decision.process;
  std::string command = "portcullis explain --policy /etc/portcullis/policy.xml";
  const std::string user = !process.user.empty() ? process.user
                           : process.user_sid    ? process.user_sid->ToString()
                                                 : "";
  if (!user.empty()) command += " --user " + ShellWord(user);
  return command + fmt::format(" --as {} ", ToString(decision.operation)) +
         ShellWord(decision.file.path);
}

std::string DecisionText(const DecisionEvent& decision) {
  std::string text = Line("what", WhatText(decision.file));
  text += Line("", FactsText(decision.file));
  if (!decision.file.macro_path.empty()) {
    text += Line("", "in rules: " + Printable(decision.file.macro_path));
  }
  text += Line("who", WhoText(decision.process));
  text += Line("from", FromText(decision.process));
  if (!decision.process.command_line.empty()) {
    text += Line("command", CommandText(decision.process.command_line));
  }
  text += Line("because", BecauseText(decision));
  const std::string answered = AnsweredText(decision);
  if (!answered.empty()) text += Line("", answered);
  return text;
}

std::string NextText(const Event& event) {
  const DecisionEvent& decision = *event.decision;
  std::string text = Line("next", ExplainCommand(decision));
  text += Line("", "says of every rule why it does or does not match");
  if (EffectOf(event.id) != Effect::kAllowed) {
    text += Line("", "portcullis events --path " + ShellWord(decision.file.path));
    text += Line("", "shows each time it was asked for");
  }
  return text;
}

}  // namespace

std::string EventTableHead() { return TableHead(Columns()); }

std::string EventTableRow(const Event& event) {
  std::vector<std::string> cells = {TimeText(event.time_ns), IdText(event), EffectText(event)};
  const std::string count = fmt::format("{}", event.count);
  if (!event.decision) {
    cells.insert(cells.end(), {"", "", count, KindText(event), Printable(event.text)});
    return TableRow(Columns(), cells);
  }
  const DecisionEvent& decision = *event.decision;
  cells.insert(cells.end(), {CollectionText(decision), Printable(UserText(decision.process)), count,
                             Printable(RuleOrReason(decision)), Printable(decision.file.path)});
  return TableRow(Columns(), cells);
}

std::string EventExplanation(const Event& event) {
  std::string text =
      fmt::format("{}  {} (event {})\n", TimeText(event.time_ns),
                  event.decision ? EffectText(event) : KindText(event), IdText(event));
  if (!event.text.empty()) text += Line("text", Printable(event.text));
  if (event.decision) text += DecisionText(*event.decision);
  if (event.count > 1) {
    text += Line("count", fmt::format("{} times, last at {}", Grouped(event.count),
                                      TimeText(event.last_time_ns)));
  }
  if (event.generation > 0) text += Line("policy", fmt::format("number {}", event.generation));
  if (!event.request_id.empty()) text += Line("request", Printable(event.request_id));
  if (event.decision) text += NextText(event);
  return text;
}

// Control characters and bytes that are not UTF-8 as the shell's $'...' has them.
std::string ShellWord(const std::string& text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:,@%+=").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  const bool is_printable = Printable(text) == text;
  std::string word = is_printable ? "'" : "$'";
  for (const char c : text) {
    if (is_printable) {
      word.append(c == '\'' ? "'\\'" : "").append(1, c);
    } else if (c >= ' ' && c <= '~' && c != '\'' && c != '\\') {
      word += c;
    } else {
      word += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return word.append("'");
}

}  // namespace portcullis::cli
