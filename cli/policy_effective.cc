// SPDX-License-Identifier: Apache-2.0
// `portcullis policy show --effective`: group policies as they are in force together, and where
// each part came from.
#include <fmt/core.h>

#include "authoring/change/collections.h"
#include "authoring/change/effective.h"
#include "cli/policy_change.h"
#include "cli/policy_show.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

using applocker::Rule;
using authoring::EffectiveCollection;
using authoring::NameOf;
using authoring::ReplacedRule;
using Names = std::vector<std::string>;

void WriteFrom(JsonWriter& json, std::string_view key, const std::optional<size_t>& from,
               const Names& names) {
  from ? json.Bytes(key, names[*from]) : json.Null(key);
}

std::string CollectionJson(const EffectiveCollection& effective, const Names& names) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("about", "collection")
      .String("collection", NameOf(effective.collection))
      .String("enforcement", ToString(effective.collection.mode()));
  WriteFrom(json, "enforcement_from", effective.mode_from, names);
  json.String("enforcement_why", WhyMode(effective, names));
  WriteFrom(json, "services_from", effective.services_from, names);
  WriteFrom(json, "system_apps_from", effective.system_apps_from, names);
  json.EndObject();
  return line + '\n';
}

std::string RuleJson(const EffectiveCollection& effective, const Rule& rule, const Names& names) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("about", "rule")
      .String("collection", NameOf(effective.collection))
      .Bytes("file", names[rule.source]);
  WriteRuleMembers(json, rule);
  json.EndObject();
  return line + '\n';
}

std::string ReplacedJson(const EffectiveCollection& effective, const ReplacedRule& replaced,
                         const Names& names) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("about", "replaced")
      .String("collection", NameOf(effective.collection))
      .Bytes("file", names[replaced.from])
      .Bytes("by", names[replaced.by]);
  WriteRuleMembers(json, replaced.rule);
  json.EndObject();
  return line + '\n';
}

std::string JsonOf(const EffectiveCollection& effective, const Names& names) {
  std::string text = CollectionJson(effective, names);
  for (const Rule& rule : effective.collection.rules) text += RuleJson(effective, rule, names);
  for (const ReplacedRule& replaced : effective.replaced) {
    text += ReplacedJson(effective, replaced, names);
  }
  return text;
}

std::string FromText(std::string_view what, const std::optional<size_t>& from, const Names& names) {
  return from ? fmt::format("  {} set by {}\n", what, Printable(names[*from])) : "";
}

std::string TextOf(const EffectiveCollection& effective, const Names& names) {
  const auto& collection = effective.collection;
  std::string text = fmt::format(
      "{}: {}, {}\n  {}\n", Printable(NameOf(collection)), ToString(collection.mode()),
      Count(collection.rules.size(), "rule", "rules"), Printable(WhyMode(effective, names)));
  text += FromText("Services", effective.services_from, names);
  text += FromText("SystemApps", effective.system_apps_from, names);
  for (const Rule& rule : collection.rules) {
    text += RuleLines(rule) + fmt::format("        from {}\n", Printable(names[rule.source]));
  }
  for (const ReplacedRule& replaced : effective.replaced) {
    text += fmt::format("  rule {} \"{}\" of {} is replaced by that of {}\n",
                        replaced.rule.id.ToString(), Printable(replaced.rule.name),
                        Printable(names[replaced.from]), Printable(names[replaced.by]));
  }
  return text;
}

}  // namespace

ExitStatus ShowEffective(const Options& options, Io& io) {
  auto named = ReadModels(options.paths, io);
  if (!named) return EndWithError(io, named.error());
  std::vector<applocker::AppLockerPolicy> policies;
  for (NamedPolicy& one : *named) policies.push_back(std::move(one.policy));
  for (const EffectiveCollection& effective : authoring::MakeEffective(policies)) {
    io.out.Write(options.json ? JsonOf(effective, options.paths)
                              : TextOf(effective, options.paths));
  }
  return ExitStatus::kDone;
}

}  // namespace portcullis::cli
