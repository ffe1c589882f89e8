// SPDX-License-Identifier: Apache-2.0
// `portcullis srp check`: whether each file is read, and what of it counts for nothing.
#include <fmt/core.h>

#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/srp_file.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using srp::Policy;
using srp::RegistryReading;

std::vector<const Policy*> PoliciesOf(const RegistryReading& reading) {
  std::vector<const Policy*> policies;
  for (const auto* policy : {&reading.machine, &reading.user}) {
    if (*policy) policies.push_back(&**policy);
  }
  return policies;
}

void WriteNotes(JsonWriter& json, const std::vector<srp::Note>& notes) {
  json.Key("warnings").BeginArray();
  for (const srp::Note& note : notes) {
    json.BeginObject()
        .String("place", note.place)
        .String("key", note.key)
        .String("value", note.value)
        .String("message", note.reason)
        .EndObject();
  }
  json.EndArray();
}

std::string JsonOf(const std::string& file, const Result<RegistryReading>& reading) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().Bytes("file", file).Bool("ok", reading.has_value());
  json.Key("policies").BeginArray();
  if (reading) {
    for (const Policy* policy : PoliciesOf(*reading)) {
      json.BeginObject().String("scope", srp::ToString(policy->scope)).Key("default_level");
      policy->default_level ? json.String(srp::ToString(*policy->default_level)) : json.Null();
      json.Number("rules", policy->rules.size()).EndObject();
    }
  }
  json.EndArray().Key("error");
  reading ? json.Null() : json.String(reading.error().message);
  WriteNotes(json, reading ? reading->notes : std::vector<srp::Note>());
  json.EndObject();
  return line + '\n';
}

std::string TextOf(const std::string& file, const RegistryReading& reading) {
  std::string text;
  for (const srp::Note& note : reading.notes) {
    text += Printable(WarningText(note)) + "\n";
  }
  std::string policies;
  for (const Policy* policy : PoliciesOf(reading)) {
    policies += fmt::format(
        "{}{} policy, {}, {}", policies.empty() ? "" : "; ", srp::ToString(policy->scope),
        policy->default_level ? srp::DisplayName(*policy->default_level) : "no default level",
        Count(policy->rules.size(), "rule", "rules"));
  }
  return text + Printable(file) + ": good; " +
         (policies.empty() ? "no policy of Software Restriction Policies" : policies) + "\n";
}

}  // namespace

ExitStatus RunSrpCheck(const Options& options, Io& io) {
  ExitStatus status = ExitStatus::kDone;
  for (const std::string& file : options.paths) {
    const auto reading = ReadSrpFiles({file}, ScopeOf(options.srp), io);
    if (!reading) {
      PrintError(io, reading.error().message);
      status = ExitStatus::kFailed;
    }
    if (options.json) {
      io.out.Write(JsonOf(file, reading));
    } else if (reading) {
      io.out.Write(TextOf(file, *reading));
    }
  }
  return status;
}

}  // namespace portcullis::cli
