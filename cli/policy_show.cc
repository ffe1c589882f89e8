// SPDX-License-Identifier: Apache-2.0
// `portcullis policy show`: the collections and rules of a policy.
#include "cli/policy_show.h"

#include <fmt/core.h>

#include "authoring/change/collections.h"
#include "authoring/file_report.h"
#include "base/json_writer.h"
#include "cli/commands.h"
#include "cli/policy_file.h"
#include "cli/text.h"
#include "cli/why.h"

namespace portcullis::cli {
namespace {

using applocker::Condition;
using applocker::FileHashCondition;
using applocker::FilePathCondition;
using applocker::FilePublisherCondition;
using applocker::Rule;
using applocker::RuleCollection;
using authoring::NameOf;

void WriteBound(JsonWriter& json, std::string_view key, const std::optional<FileVersion>& bound) {
  json.String(key, bound ? bound->ToString() : "*");
}

void WriteHashes(JsonWriter& json, const FileHashCondition& condition) {
  json.String("type", "hash").Key("hashes").BeginArray();
  for (const auto& hash : condition.hashes) {
    json.BeginObject()
        .String("type", ToString(hash.digest.type))
        .String("data", DigestText(hash.digest))
        .Key("source_file_name");
    hash.source_file_name ? json.String(*hash.source_file_name) : json.Null();
    json.EndObject();
  }
  json.EndArray();
}

void WriteCondition(JsonWriter& json, const Condition& condition) {
  json.BeginObject();
  if (const auto* publisher = std::get_if<FilePublisherCondition>(&condition)) {
    json.String("type", "publisher")
        .String("publisher", publisher->publisher_name)
        .String("product", publisher->product_name)
        .String("binary", publisher->binary_name);
    WriteBound(json, "low_version", publisher->binary_version_range.low_section);
    WriteBound(json, "high_version", publisher->binary_version_range.high_section);
  } else if (const auto* path = std::get_if<FilePathCondition>(&condition)) {
    json.String("type", "path").String("path", path->path);
  } else {
    WriteHashes(json, std::get<FileHashCondition>(condition));
  }
  json.EndObject();
}

std::string JsonOf(const std::string& file, const RuleCollection& collection, const Rule& rule) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .Bytes("file", file)
      .String("collection", NameOf(collection))
      .String("enforcement", ToString(collection.mode()));
  WriteRuleMembers(json, rule);
  json.EndObject();
  return line + '\n';
}

// A rule takes a line of its own and one for its condition: names and conditions are both long.
std::string TextOf(const RuleCollection& collection) {
  std::string text =
      fmt::format("{}: {}, {}\n", Printable(NameOf(collection)), ToString(collection.mode()),
                  Count(collection.rules.size(), "rule", "rules"));
  for (const Rule& rule : collection.rules) text += RuleLines(rule);
  return text;
}

void Show(const std::string& file, const applocker::AppLockerPolicy& policy, const Options& options,
          Io& io) {
  if (!options.json && options.paths.size() > 1) io.out.Write(Printable(file) + "\n");
  for (const RuleCollection& collection : policy.collections) {
    if (!options.json) {
      io.out.Write(TextOf(collection));
      continue;
    }
    for (const Rule& rule : collection.rules) io.out.Write(JsonOf(file, collection, rule));
  }
}

}  // namespace

void WriteRuleMembers(JsonWriter& json, const Rule& rule) {
  json.String("id", rule.id.ToString())
      .String("name", rule.name)
      .String("description", rule.description)
      .String("action", ToString(rule.action))
      .String("user_or_group_sid", rule.user_or_group_sid.ToString())
      .Number("line", rule.line)
      .Key("condition");
  WriteCondition(json, rule.condition);
  json.Key("exceptions").BeginArray();
  for (const Condition& exception : rule.exceptions) WriteCondition(json, exception);
  json.EndArray();
}

std::string RuleLines(const Rule& rule) {
  std::string text = fmt::format("  {:5} {}\n", ToString(rule.action), Printable(rule.name));
  text += fmt::format("        for {}\n", SidText(rule.user_or_group_sid));
  text += fmt::format("        {}\n", Printable(ConditionText(rule.condition)));
  for (const Condition& exception : rule.exceptions) {
    text += fmt::format("          except {}\n", Printable(ConditionText(exception)));
  }
  text += fmt::format("        id {}\n", rule.id.ToString());
  return text;
}

ExitStatus RunPolicyShow(const Options& options, Io& io) {
  if (options.authoring.compare.effective) return ShowEffective(options, io);
  return ForEachPolicy(options, io, [&](const std::string& file, const auto& document) {
    Show(file, *document.policy, options, io);
    return ExitStatus::kDone;
  });
}

}  // namespace portcullis::cli
