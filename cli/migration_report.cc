// SPDX-License-Identifier: Apache-2.0
#include "cli/migration_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/srp_why.h"
#include "cli/text.h"
#include "policy/srp/check.h"
#include "policy/srp/rule_text.h"

namespace portcullis::cli {
namespace {

using srp::Equality;
using srp::MigratedRule;
using srp::Migration;

std::array<size_t, 3> CountEqualities(const Migration& migration) {
  std::array<size_t, 3> counts = {};
  for (const MigratedRule& rule : migration.rules) ++counts.at(static_cast<size_t>(rule.equality));
  return counts;
}

size_t RulesOf(const Migration& migration) {
  size_t count = 0;
  for (const auto& collection : migration.policy.collections) count += collection.rules.size();
  return count;
}

void WriteTexts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.Key(key).BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
}

std::string RuleJson(const MigratedRule& rule) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("about", "rule")
      .String("scope", ToString(rule.rule->scope))
      .String("id", srp::IdText(*rule.rule))
      .String("level", ToString(rule.rule->level))
      .String("name", SrpRuleText(*rule.rule))
      .String("equality", ToString(rule.equality));
  json.Key("rules").BeginArray();
  for (const applocker::RuleId& id : rule.ids) json.String(id.ToString());
  json.EndArray().Number("exception_of", rule.exception_of);
  WriteTexts(json, "reasons", rule.sentences);
  json.EndObject();
  return line + '\n';
}

std::string NoteJson(const srp::MigrationNote& note) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("about", "policy")
      .String("note", note.about)
      .Bool("is_difference", note.is_difference)
      .String("message", note.sentence)
      .EndObject();
  return line + '\n';
}

std::string HeadJson(const Migration& migration, const std::string& output) {
  const auto counts = CountEqualities(migration);
  std::string line;
  JsonWriter json(line);
  json.BeginObject().String("about", "output").Bytes("file", output);
  json.Key("collections").BeginArray();
  for (const auto& collection : migration.policy.collections) {
    json.BeginObject()
        .String("type", collection.type_text)
        .Number("rules", collection.rules.size())
        .EndObject();
  }
  json.EndArray();
  for (const Equality equality : {Equality::kExact, Equality::kInexact, Equality::kNone}) {
    json.Number(ToString(equality), counts.at(static_cast<size_t>(equality)));
  }
  json.EndObject();
  return line + '\n';
}

std::string Became(const MigratedRule& rule) {
  std::string text = rule.ids.empty() ? "no rule" : Count(rule.ids.size(), "rule", "rules");
  if (rule.exception_of > 0) {
    text += fmt::format(", exception of {}", Grouped(rule.exception_of));
  }
  return text;
}

std::string TableOf(const Migration& migration, const std::string& output) {
  const std::vector<Column> columns = {{"EQUAL", 8}, {"LEVEL", 13}, {"BECAME", 24}, {"RULE", 0}};
  std::string text = TableHead(columns);
  for (const MigratedRule& rule : migration.rules) {
    text += TableRow(columns, {ToString(rule.equality), DisplayName(rule.rule->level), Became(rule),
                               Printable(SrpRuleText(*rule.rule))});
    for (const std::string& each : rule.sentences) text += "  " + Printable(each) + "\n";
  }
  for (const srp::MigrationNote& note : migration.notes) {
    text += fmt::format("{}: {}\n", note.about, note.sentence);
  }
  const auto counts = CountEqualities(migration);
  text += fmt::format("{}: {}; of {} {} exact, {} inexact, {} without an equal\n",
                      output == "-" ? "standard output" : Printable(output),
                      Count(RulesOf(migration), "rule", "rules"),
                      Count(migration.rules.size(), "rule before", "rules before"), counts[0],
                      counts[1], counts[2]);
  return text;
}

std::string RuleOf(const Decision& decision) {
  if (decision.reason == Reason::kSrpRule) return SrpRuleText(*decision.srp->rule);
  return decision.rule != nullptr ? decision.rule->name : ToString(decision.reason);
}

const char* NoteFor(srp::NotAsked why) {
  switch (why) {
    case srp::NotAsked::kSystemAccount:
      return "system-account";
    case srp::NotAsked::kAdministrator:
      return "administrators";
    case srp::NotAsked::kOtherKind:
      return "packaged-apps";
    default:
      return "designated-types";
  }
}

}  // namespace

std::string MigrationText(const Migration& migration, const std::string& output, bool json) {
  if (!json) return TableOf(migration, output);
  std::string text = HeadJson(migration, output);
  for (const MigratedRule& rule : migration.rules) text += RuleJson(rule);
  for (const srp::MigrationNote& note : migration.notes) text += NoteJson(note);
  return text;
}

std::vector<std::string> ReasonsFor(const Migration& migration, const Decision& srp) {
  if (srp.srp && srp.srp->rule != nullptr) {
    // The rule of the engine is a copy of the report's.
    const auto found = std::ranges::find_if(migration.rules, [&srp](const MigratedRule& each) {
      return each.rule->scope == srp.srp->rule->scope && KeyOf(*each.rule) == KeyOf(*srp.srp->rule);
    });
    if (found != migration.rules.end() && found->equality != Equality::kExact) {
      return found->sentences;
    }
  }
  const std::string_view about =
      srp.srp ? NoteFor(srp.srp->not_asked) : std::string_view("designated-types");
  std::vector<std::string> reasons;
  for (const srp::MigrationNote& note : migration.notes) {
    // Where nobody was left alone it may be the paths or what could not be found out.
    const bool is_of_file = std::string_view(note.about) == "several-paths" ||
                            std::string_view(note.about) == "unknown";
    const bool is_asked = srp.srp && srp.srp->not_asked == srp::NotAsked::kAsked;
    if (note.about == about || (is_asked && is_of_file)) reasons.emplace_back(note.sentence);
  }
  return reasons;
}

std::string DifferenceLine(const FileDifference& difference, bool json) {
  const FileReport& report = difference.report;
  if (!json) {
    std::string text = fmt::format(
        "DIFFERS {}: {} before, by {}; now {}, by {}\n", Printable(report.path),
        ToString(difference.srp.verdict), Printable(RuleOf(difference.srp)),
        ToString(difference.applocker.verdict), Printable(RuleOf(difference.applocker)));
    for (const std::string& reason : difference.reasons) text += "  " + Printable(reason) + "\n";
    return text;
  }
  std::string line;
  JsonWriter writer(line);
  writer.BeginObject().String("about", "file").Bytes("path", report.path).Key("operation");
  report.operation ? writer.String(ToString(*report.operation)) : writer.Null();
  const auto side = [&writer](std::string_view key, const Decision& decision) {
    writer.Key(key)
        .BeginObject()
        .String("verdict", ToString(decision.verdict))
        .String("by", RuleOf(decision))
        .EndObject();
  };
  side("srp", difference.srp);
  side("applocker", difference.applocker);
  WriteTexts(writer, "reasons", difference.reasons);
  writer.EndObject();
  return line + '\n';
}

std::string ComparedLine(const Compared& compared, bool json) {
  if (!json) {
    return fmt::format("{} judged by both, {} differ, {} could not be read\n",
                       Count(compared.judged, "file", "files"), Grouped(compared.differ),
                       Grouped(compared.unreadable));
  }
  std::string line;
  JsonWriter writer(line);
  writer.BeginObject()
      .String("about", "comparison")
      .Number("judged", compared.judged)
      .Number("differ", compared.differ)
      .Number("unreadable", compared.unreadable)
      .EndObject();
  return line + '\n';
}

}  // namespace portcullis::cli
