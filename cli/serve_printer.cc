// SPDX-License-Identifier: Apache-2.0
#include "cli/serve_printer.h"

#include <fmt/core.h>
#include <pthread.h>

#include <algorithm>
#include <climits>
#include <ctime>
#include <mutex>
#include <utility>

#include "base/json_writer.h"
#include "base/utc_time.h"

namespace portcullis::cli {
namespace {

using enforcement::AnsweredBy;
using enforcement::DecisionRecord;
using enforcement::ServiceEvent;

constexpr int64_t kNanoseconds = 1'000'000'000;

// The C library holds a lock while it looks at the time zone. A fork in that moment would leave it
// locked in the child, whose inspectors need it.
std::mutex& ClockLock() {
  static std::mutex mutex;
  [[maybe_unused]] static const int registered =
      pthread_atfork([] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); });
  return mutex;
}

// The wall's time: people compare it with their own clock. JSON has UTC.
std::string ClockText(int64_t time_ns) {
  const std::lock_guard lock(ClockLock());
  const auto seconds = static_cast<time_t>(time_ns / kNanoseconds);
  tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return "";
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

std::string UserText(const DecisionRecord& record) {
  if (!record.process.user.empty()) return Printable(record.process.user);
  return record.process.user_sid ? record.process.user_sid->ToString() : "gone";
}

std::string PathText(const DecisionRecord& record) {
  std::string text = Printable(record.file.path);
  if (!record.file.path_verified) text += " (as its task has it)";
  if (!record.process.program.empty()) text += " by " + Printable(record.process.program);
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
  const uint64_t before = unwritten();
  if (format_ == Format::kJson) {
    io_.err.Write(ToJson(record) + "\n");
    io_.err.Flush();
  } else {
    io_.out.Write(TableRow(
        columns_, {ClockText(record.time_ns), UserText(record), ToString(record.verdict),
                   EffectOf(record), record.collection ? ToString(*record.collection) : "-",
                   Printable(RuleOrReason(record)), PathText(record)}));
    io_.out.Flush();
  }
  TellUnwritten(before);
}

uint64_t ServePrinter::unwritten() const {
  return format_ == Format::kJson ? io_.err.dropped() : io_.out.dropped();
}

// Once a record could be written again.
void ServePrinter::TellUnwritten(uint64_t before) {
  const uint64_t now = unwritten();
  if (now != before || now == told_unwritten_) return;
  const uint64_t count = now - std::exchange(told_unwritten_, now);
  Event(std::string_view(Count(count, "record", "records") + " could not be written"));
}

void ServePrinter::Lost(uint64_t count) {
  Event(std::string_view(Count(count, "record was", "records were") +
                         " dropped: more was decided than could be written"));
}

void ServePrinter::Event(const ServiceEvent& event) {
  if (!SayWhatWasDropped() || !io_.err.WriteNow(LineOf(event))) ++dropped_;
}

bool ServePrinter::SayWhatWasDropped() {
  const uint64_t count = dropped_;
  if (count == 0) return true;
  const std::string text =
      Count(count, "message was", "messages were") + " dropped: nobody read standard error";
  if (!io_.err.WriteNow(LineOf(std::string_view(text)))) return false;
  dropped_ -= count;
  return true;
}

std::string ServePrinter::LineOf(const ServiceEvent& event) const {
  std::string line;
  if (format_ == Format::kTable) {
    line = "portcullis: " + Printable(event.text) + "\n";
  } else {
    JsonWriter json(line);
    json.BeginObject()
        .String("time", FormatUtcTime(std::time(nullptr)))
        .String("event", ToString(event.kind))
        .String("text", event.text);
    if (event.generation > 0) json.Number("generation", event.generation);
    json.EndObject();
    line += "\n";
  }
  if (line.size() <= PIPE_BUF) return line;
  return LineOf(
      {event.kind, event.text.substr(0, event.text.size() / 2) + "...", event.generation});
}

}  // namespace portcullis::cli
