// SPDX-License-Identifier: Apache-2.0
#include "authoring/change/change_json.h"

#include <fmt/core.h>

#include <utility>

#include "authoring/change/collections.h"
#include "base/byte_source.h"
#include "base/json_value.h"
#include "base/json_writer.h"
#include "base/lines.h"
#include "base/quote.h"
#include "policy/applocker/policy_reader.h"
#include "policy/applocker/policy_writer.h"

namespace portcullis::authoring {
namespace {

using applocker::AppLockerPolicy;
using applocker::Rule;
using applocker::RuleCollection;

// ---- Writing

Result<void> WriteRule(JsonWriter& json, std::string_view key, const std::optional<Rule>& rule) {
  rule ? json.String(key, TRY(applocker::RuleToXml(*rule))) : json.Null(key);
  return {};
}

Result<void> WriteRules(JsonWriter& json, const Change& change) {
  const Rule& rule = change.rule ? *change.rule : *change.former_rule;
  json.String("id", rule.id.ToString()).String("name", rule.name);
  TRY_VOID(WriteRule(json, "former_rule", change.former_rule));
  return WriteRule(json, "rule", change.rule);
}

Result<void> WriteSettings(JsonWriter& json, const Change& change) {
  AppLockerPolicy policy = change.header.value_or(AppLockerPolicy{});
  if (change.shell) policy.collections.push_back(*change.shell);
  if (!change.header && !change.shell) {
    json.Null("settings");
    return {};
  }
  json.String("settings", TRY(applocker::WritePolicy(policy)));
  return {};
}

// ---- Reading

Unexpected Wrong(std::string_view member, std::string_view message) {
  return Fail(ErrorCode::kMalformed, fmt::format("{}: {}", member, message));
}

Result<std::string> TextOf(const JsonValue& object, std::string_view member) {
  const JsonValue* const value = object.Find(member);
  if (value == nullptr) return Wrong(member, "is missing, text is expected");
  if (value->AsString() == nullptr) return Wrong(member, "is not text");
  return *value->AsString();
}

Result<std::vector<FieldChange>> FieldsOf(const JsonValue& object) {
  std::vector<FieldChange> fields;
  const JsonValue* const value = object.Find("fields");
  if (value == nullptr) return fields;
  if (value->AsArray() == nullptr) return Wrong("fields", "is not an array");
  for (const JsonValue& field : *value->AsArray()) {
    fields.push_back(
        {TRY(TextOf(field, "field")), TRY(TextOf(field, "from")), TRY(TextOf(field, "to"))});
  }
  return fields;
}

Result<AppLockerPolicy> PolicyOf(std::string_view member, std::string_view xml) {
  auto policy = applocker::ReadPolicyOrFail(MemorySource(AsBytes(xml)));
  if (!policy)
    return Fail(policy.error().code, fmt::format("{}: {}", member, policy.error().message));
  return policy;
}

// The one rule that the text is, and nothing beside it.
Result<std::optional<Rule>> RuleOf(const JsonValue& object, std::string_view member) {
  if (object.Find(member) == nullptr) return std::nullopt;
  const std::string xml = fmt::format(
      "<AppLockerPolicy Version=\"1\"><RuleCollection Type=\"Exe\">{}"
      "</RuleCollection></AppLockerPolicy>",
      TRY(TextOf(object, member)));
  AppLockerPolicy policy = TRY(PolicyOf(member, xml));
  const bool is_one = policy.collections.size() == 1 && policy.collections[0].rules.size() == 1 &&
                      !policy.collections[0].extensions && policy.policy_extensions.empty();
  if (!is_one) return Wrong(member, "is not one rule");
  Rule rule = std::move(policy.collections[0].rules[0]);
  rule.line = 0;
  return rule;
}

Result<void> ReadSettings(const JsonValue& object, Change& change) {
  AppLockerPolicy policy = TRY(PolicyOf("settings", TRY(TextOf(object, "settings"))));
  if (change.kind == ChangeKind::kPolicyChanged) {
    if (!policy.collections.empty()) return Wrong("settings", "holds collections");
    change.header = std::move(policy);
    return {};
  }
  const bool is_one = policy.collections.size() == 1 && policy.collections[0].rules.empty() &&
                      policy.policy_extensions.empty();
  if (!is_one) return Wrong("settings", "is not one collection without rules");
  if (NameOf(policy.collections[0]) != change.collection) {
    return Wrong("settings",
                 fmt::format("is collection {}, and {} is named",
                             Quote(NameOf(policy.collections[0])), Quote(change.collection)));
  }
  change.shell = std::move(policy.collections[0]);
  return {};
}

bool HasSettings(ChangeKind kind) {
  return kind == ChangeKind::kPolicyChanged || kind == ChangeKind::kCollectionAdded ||
         kind == ChangeKind::kCollectionChanged;
}

Result<void> ReadRules(const JsonValue& object, Change& change) {
  change.former_rule = TRY(RuleOf(object, "former_rule"));
  change.rule = TRY(RuleOf(object, "rule"));
  const bool has_former = change.kind != ChangeKind::kRuleAdded;
  const bool has_rule = change.kind != ChangeKind::kRuleRemoved;
  if (change.former_rule.has_value() != has_former) {
    return Wrong("former_rule", has_former ? "is missing" : "was not there before");
  }
  if (change.rule.has_value() != has_rule) {
    return Wrong("rule", has_rule ? "is missing" : "is not there afterwards");
  }
  return {};
}

}  // namespace

Result<std::string> WriteChange(const Change& change) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("change", ToString(change.kind))
      .String("collection", change.collection)
      .Number("at", change.at);
  json.Key("fields").BeginArray();
  for (const FieldChange& field : change.fields) {
    json.BeginObject()
        .String("field", field.field)
        .String("from", field.from)
        .String("to", field.to)
        .EndObject();
  }
  json.EndArray();
  TRY_VOID(IsOfRule(change.kind) ? WriteRules(json, change) : WriteSettings(json, change));
  json.EndObject();
  return line + '\n';
}

Result<Change> ParseChange(std::string_view line) {
  const JsonValue object = TRY(ParseJson(line));
  if (object.AsObject() == nullptr) return Fail(ErrorCode::kMalformed, "is not an object");
  Change change;
  const std::string word = TRY(TextOf(object, "change"));
  const auto kind = ParseChangeKind(word);
  if (!kind) return Wrong("change", fmt::format("{} is no change that is known", Quote(word)));
  change.kind = *kind;
  change.collection = TRY(TextOf(object, "collection"));
  const JsonValue* const at = object.Find("at");
  if (at == nullptr || at->AsUnsigned() == nullptr)
    return Wrong("at", "a number from 0 is expected");
  change.at = *at->AsUnsigned();
  change.fields = TRY(FieldsOf(object));
  if (IsOfRule(change.kind)) TRY_VOID(ReadRules(object, change));
  if (HasSettings(change.kind)) TRY_VOID(ReadSettings(object, change));
  return change;
}

Result<std::vector<Change>> ReadChanges(int fd) {
  std::vector<Change> changes;
  TRY_VOID(ForEachLine(
      fd, kMaxChangeBytes, [&](const std::string& line, uint64_t number) -> Result<void> {
        if (line.empty()) return {};
        if (changes.size() == kMaxChanges) {
          return Fail(ErrorCode::kLimitExceeded, fmt::format("more than {} changes", kMaxChanges));
        }
        auto change = ParseChange(line);
        if (!change) {
          return Fail(change.error().code,
                      fmt::format("line {}: {}", number, change.error().message));
        }
        changes.push_back(*std::move(change));
        return {};
      }));
  return changes;
}

}  // namespace portcullis::authoring
