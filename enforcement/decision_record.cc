// SPDX-License-Identifier: Apache-2.0
#include "enforcement/decision_record.h"

#include <fmt/core.h>

#include "base/json_writer.h"
#include "base/utc_time.h"

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

// RFC 3339 with milliseconds.
std::string TimeText(int64_t time_ns) {
  std::string text = FormatUtcTime(time_ns / kNanoseconds);
  text.pop_back();  // the Z
  return text + fmt::format(".{:03}Z", time_ns % kNanoseconds / 1'000'000);
}

void WriteOptional(JsonWriter& json, std::string_view key, const std::optional<uint32_t>& number) {
  number ? json.Number(key, *number) : json.Null(key);
}

// As `test` has them: docs/cli-json.md.
void WriteVerdict(JsonWriter& json, const DecisionRecord& record) {
  json.String("operation", ToString(record.operation)).Key("collection");
  record.collection ? json.String(ToString(*record.collection)) : json.Null();
  json.String("verdict", ToString(record.verdict))
      .String("enforcement", ToString(record.enforcement))
      .Bool("would_block", record.would_block())
      .String("reason", ToString(record.reason))
      .Key("rule");
  if (!record.rule) {
    json.Null();
    return;
  }
  json.BeginObject()
      .String("id", record.rule->id)
      .String("name", record.rule->name)
      .String("action", record.rule->is_deny ? "Deny" : "Allow")
      .Bytes("policy", record.rule->policy)
      .EndObject();
}

void WriteAsker(JsonWriter& json, const DecisionRecord& record) {
  json.Number("pid", static_cast<uint64_t>(record.process.pid))
      .Number("ppid", static_cast<uint64_t>(record.process.parent_pid));
  record.process.program.empty() ? json.Null("program")
                                 : json.Bytes("program", record.process.program);
  WriteOptional(json, "uid", record.process.uid);
  WriteOptional(json, "login_uid", record.process.login_uid);
  json.Bool("is_service", record.process.is_service);
}

}  // namespace

std::string ToJson(const DecisionRecord& record) {
  std::string line;
  JsonWriter json(line);
  const std::string sid =
      record.process.user_sid ? record.process.user_sid->ToString() : std::string();
  const std::string& user = record.process.user.empty() ? sid : record.process.user;
  json.BeginObject().String("time", TimeText(record.time_ns));
  json.Bytes("path", record.file.path).Bool("path_verified", record.file.path_verified);
  record.file.sha256 ? json.String("sha256", *record.file.sha256) : json.Null("sha256");
  user.empty() ? json.Null("user") : json.Bytes("user", user);
  sid.empty() ? json.Null("user_sid") : json.String("user_sid", sid);
  WriteVerdict(json, record);
  json.Bool("blocked", record.blocked)
      .String("answered_by", ToString(record.answered_by))
      .Number("generation", record.generation);
  WriteAsker(json, record);
  json.EndObject();
  return line;
}

}  // namespace portcullis::enforcement
