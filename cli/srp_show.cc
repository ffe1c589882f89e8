// SPDX-License-Identifier: Apache-2.0
// `portcullis srp show`: the settings and rules of Software Restriction Policies.
#include <fmt/core.h>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/srp_file.h"
#include "cli/text.h"
#include "policy/srp/xml_values.h"

namespace portcullis::cli {
namespace {

using srp::Policy;
using srp::Rule;

constexpr size_t kNameWidth = 20;
constexpr std::string_view kNotSet = "not set";

// ---- JSON.

template <typename Value>
void MaybeNumber(JsonWriter& json, std::string_view key, const std::optional<Value>& value) {
  value ? json.Number(key, *value) : json.Null(key);
}
template <typename Value>
void MaybeName(JsonWriter& json, std::string_view key, const std::optional<Value>& value) {
  value ? json.String(key, srp::ToString(*value)) : json.Null(key);
}

void WriteCondition(JsonWriter& json, const srp::PathCondition& condition) {
  json.String("path", condition.path).Bool("expandable", condition.expandable);
}
void WriteCondition(JsonWriter& json, const srp::UrlZoneCondition& condition) {
  json.String("zone", srp::ToString(condition.zone));
}
void WriteCondition(JsonWriter& json, const srp::HashCondition& condition) {
  json.String("algorithm", srp::ToString(condition.algorithm))
      .String("digest", HexLower(Bytes(condition.digest).first(DigestSize(condition.algorithm))))
      .Number("size", condition.size);
  condition.sha256 ? json.String("sha256", HexLower(*condition.sha256)) : json.Null("sha256");
  json.String("friendly_name", condition.friendly_name);
}
void WriteCondition(JsonWriter& json, const srp::CertificateCondition& condition) {
  json.String("thumbprint", HexLower(condition.thumbprint))
      .String("certificate", HexLower(condition.certificate));
}

void WriteRule(JsonWriter& json, const Rule& rule) {
  json.BeginObject().String("kind", srp::ToString(rule.kind()));
  if (rule.kind() == srp::RuleKind::kCertificate) {
    json.Null("id");
  } else {
    json.String("id", rule.id.ToString());
  }
  json.String("level", srp::ToString(rule.level));
  std::visit([&](const auto& condition) { WriteCondition(json, condition); }, rule.condition);
  json.String("description", rule.description).Number("safer_flags", rule.safer_flags);
  if (rule.last_modified) {
    json.String("last_modified", srp::FileTimeText(*rule.last_modified));
  } else {
    json.Null("last_modified");
  }
  json.EndObject();
}

std::string JsonOf(const Policy& policy) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().String("scope", srp::ToString(policy.scope));
  MaybeName(json, "default_level", policy.default_level);
  MaybeName(json, "transparent_enabled", policy.transparent_enabled);
  MaybeName(json, "policy_scope", policy.policy_scope);
  json.Key("executable_types");
  if (policy.executable_types) {
    json.BeginArray();
    for (const std::string& type : *policy.executable_types) json.String(type);
    json.EndArray();
  } else {
    json.Null();
  }
  json.Key("authenticode_enabled");
  policy.authenticode_enabled ? json.Bool(*policy.authenticode_enabled) : json.Null();
  MaybeNumber(json, "levels", policy.levels);
  MaybeNumber(json, "authenticode_flags", policy.authenticode_flags);
  json.Key("log_file_name");
  policy.log_file_name ? json.String(*policy.log_file_name) : json.Null();
  json.Key("rules").BeginArray();
  for (const Rule& rule : policy.rules) WriteRule(json, rule);
  json.EndArray().EndObject();
  return line + '\n';
}

// ---- For people.

std::string Setting(std::string_view name, std::string_view value) {
  return fmt::format("  {}  {}\n", Padded(name, kNameWidth), Printable(value));
}

template <typename Value>
std::string NameOr(const std::optional<Value>& value, std::string_view otherwise) {
  return value ? std::string(srp::ToString(*value)) : std::string(otherwise);
}

std::string TypesText(const Policy& policy) {
  if (!policy.executable_types) return fmt::format("{}: the default list", kNotSet);
  std::string text;
  for (const std::string& type : *policy.executable_types) {
    text += fmt::format("{}{}", text.empty() ? "" : " ", type);
  }
  return text.empty() ? "none" : text;
}

std::string CertificateRulesText(const Policy& policy) {
  if (!policy.authenticode_enabled) return fmt::format("{}: do not count", kNotSet);
  return *policy.authenticode_enabled ? "count" : "do not count";
}

std::string SettingsText(const Policy& policy) {
  std::string text = Setting(
      "default level", policy.default_level ? srp::DisplayName(*policy.default_level)
                                            : "not set: no policy, everything is Unrestricted");
  text += Setting("enforcement", NameOr(policy.transparent_enabled, "not set: AllButLibraries"));
  text += Setting("applies to", NameOr(policy.policy_scope, "not set: AllUsers"));
  text += Setting("certificate rules", CertificateRulesText(policy));
  text += Setting("designated types", TypesText(policy));
  if (policy.levels) text += Setting("levels shown", fmt::format("0x{:X}", *policy.levels));
  if (policy.authenticode_flags) {
    text += Setting("publisher flags", fmt::format("0x{:X}", *policy.authenticode_flags));
  }
  if (policy.log_file_name) text += Setting("log file", *policy.log_file_name);
  return text;
}

std::string ConditionText(const srp::PathCondition& condition) { return condition.path; }
std::string ConditionText(const srp::UrlZoneCondition& condition) {
  return srp::ToString(condition.zone);
}
std::string ConditionText(const srp::HashCondition& condition) {
  std::string text =
      fmt::format("{} {}", srp::ToString(condition.algorithm),
                  HexLower(Bytes(condition.digest).first(DigestSize(condition.algorithm))));
  text += fmt::format(", {}", Count(condition.size, "byte", "bytes"));
  if (condition.sha256) text += fmt::format(", SHA256 {}", HexLower(*condition.sha256));
  return text;
}
std::string ConditionText(const srp::CertificateCondition& condition) {
  return fmt::format("SHA-1 {}", HexLower(condition.thumbprint));
}

std::string NameText(const Rule& rule) {
  const auto* hash = std::get_if<srp::HashCondition>(&rule.condition);
  if (hash == nullptr || hash->friendly_name.empty()) return rule.description;
  return rule.description.empty() ? hash->friendly_name
                                  : hash->friendly_name + "; " + rule.description;
}

std::string TextOf(const Rule& rule) {
  std::string text = fmt::format(
      "  {} {} {}\n", Padded(srp::DisplayName(rule.level), 12),
      Padded(srp::ToString(rule.kind()), 11),
      Printable(std::visit([](const auto& c) { return ConditionText(c); }, rule.condition)));
  if (rule.kind() != srp::RuleKind::kCertificate) {
    text += fmt::format("               id {}\n", rule.id.ToString());
  }
  if (const std::string name = NameText(rule); !name.empty()) {
    text += fmt::format("               {}\n", Printable(name));
  }
  return text;
}

std::string TextOf(const Policy& policy) {
  std::string text = fmt::format("{} policy: {}\n", srp::ToString(policy.scope),
                                 Count(policy.rules.size(), "rule", "rules"));
  text += SettingsText(policy);
  for (const Rule& rule : policy.rules) text += TextOf(rule);
  return text;
}

}  // namespace

ExitStatus RunSrpShow(const Options& options, Io& io) {
  const auto reading = ReadSrpFiles(options.paths, ScopeOf(options.srp), io);
  if (!reading) {
    PrintError(io, reading.error().message);
    return ExitStatus::kFailed;
  }
  PrintNotes(reading->notes, io);
  for (const auto* policy : {&reading->machine, &reading->user}) {
    if (*policy) io.out.Write(options.json ? JsonOf(**policy) : TextOf(**policy));
  }
  if (!options.json && !reading->machine && !reading->user) {
    io.out.Write("no policy of Software Restriction Policies\n");
  }
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
