// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_printer.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "base/json_writer.h"
#include "base/utc_time.h"

namespace portcullis::cli {
namespace {

using enforcement::AnsweredBy;
using enforcement::DecisionRecord;
using enforcement::ServiceEvent;

constexpr int64_t kNanoseconds = 1'000'000'000;

// The wall's time: people compare it with their own clock. JSON has UTC.
std::string ClockText(int64_t time_ns) {
  const auto seconds = static_cast<time_t>(time_ns / kNanoseconds);
  tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

std::string UserText(const DecisionRecord& record) {
  if (!record.user.empty()) return Printable(record.user);
  return record.user_sid ? record.user_sid->ToString() : "gone";
}

std::string PathText(const DecisionRecord& record) {
  std::string text = Printable(record.path);
  if (!record.path_verified) text += " (as its task has it)";
  if (!record.program.empty()) text += " by " + Printable(record.program);
  return text;
}

}  // namespace

const char* EffectOf(const DecisionRecord& record) {
  if (record.blocked) return "blocked";
  if (!IsDenial(record.verdict)) return "";
  return record.would_block() ? "would block" : "audited";
}

std::string RuleOrReason(const DecisionRecord& record) {
  switch (record.answered_by) {
    case AnsweredBy::kDecision:
    case AnsweredBy::kObserved:
      break;
    case AnsweredBy::kDeadline:
    case AnsweredBy::kFailurePolicy:
    case AnsweredBy::kBusyFile:
      return ToString(record.answered_by);
  }
  if (!record.rule) return ToString(record.reason);
  return record.rule->name.empty() ? record.rule->id : record.rule->name;
}

ServePrinter::ServePrinter(Io& io, Format format) : io_(io), format_(format) {
  columns_ = {{"TIME", 8},        {"USER", 10},
              {"VERDICT", 16},    {"EFFECT", 11},
              {"COLLECTION", 10}, {"RULE OR REASON", std::clamp<size_t>(io.columns / 4, 20, 40)},
              {"FILE", 0}};
}

void ServePrinter::Head() {
  if (format_ == Format::kJson) return;
  io_.out.Write(TableHead(columns_));
  io_.out.Flush();
}

void ServePrinter::Record(const DecisionRecord& record) {
  if (format_ == Format::kJson) {
    io_.err.Write(ToJson(record) + "\n");
    return io_.err.Flush();
  }
  io_.out.Write(
      TableRow(columns_, {ClockText(record.time_ns), UserText(record), ToString(record.verdict),
                          EffectOf(record), record.collection ? ToString(*record.collection) : "-",
                          Printable(RuleOrReason(record)), PathText(record)}));
  io_.out.Flush();
}

void ServePrinter::Lost(uint64_t count) {
  Event(std::string_view(Count(count, "record was", "records were") +
                         " dropped: more was decided than could be written"));
}

void ServePrinter::Event(const ServiceEvent& event) {
  if (format_ == Format::kTable) return PrintError(io_, event.text);
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("time", FormatUtcTime(std::time(nullptr)))
      .String("event", ToString(event.kind))
      .String("text", event.text);
  if (event.generation > 0) json.Number("generation", event.generation);
  json.EndObject();
  io_.err.Write(line + "\n");
  io_.err.Flush();
}

}  // namespace portcullis::cli
