// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "authoring/file_report.h"
#include "authoring/simulate/report.h"
#include "base/json_writer.h"

namespace portcullis::simulation {
namespace {

void WriteCause(JsonWriter& json, const Cause& cause) {
  json.Key("cause").BeginObject();
  json.String("from", ToString(cause.from)).String("reason", portcullis::ToString(cause.reason));
  json.Key("rule");
  if (cause.from == Cause::From::kNoRule) {
    json.Null();
  } else {
    json.BeginObject()
        .String("id", cause.rule_id)
        .String("name", cause.rule_name)
        .Bytes("policy", cause.policy)
        .EndObject();
  }
  json.EndObject();
}

void WriteGroup(JsonWriter& json, const ChangeGroup& group, const GroupCount& count) {
  json.BeginObject().String("kind", "change").Number("count", count.count);
  json.String("user", group.user);
  WriteText(json, "collection", group.collection);
  WriteText(json, "publisher", group.publisher);
  json.Bytes("folder", group.folder);
  json.String("former_verdict", portcullis::ToString(group.former.verdict))
      .Bool("former_would_block", group.former.would_block)
      .String("verdict", portcullis::ToString(group.now.verdict))
      .Bool("would_block", group.now.would_block);
  WriteCause(json, group.cause);
  json.Bytes("example", count.example).EndObject();
}

void WriteVerdicts(JsonWriter& json, const Counts& counts) {
  json.Key("verdicts").BeginArray();
  for (size_t former = 0; former < kVerdicts; ++former) {
    for (size_t now = 0; now < kVerdicts; ++now) {
      const uint64_t count = counts.verdicts.at(former).at(now);
      if (count == 0) continue;
      json.BeginObject()
          .String("former", portcullis::ToString(static_cast<Verdict>(former)))
          .String("verdict", portcullis::ToString(static_cast<Verdict>(now)))
          .Number("count", count)
          .EndObject();
    }
  }
  json.EndArray();
}

void WriteSummary(JsonWriter& json, const SimulationTally& tally) {
  const Counts& counts = tally.counts;
  json.BeginObject().String("kind", "summary").Number("facts", counts.facts);
  json.Number("unreadable", counts.unreadable).Number("mangled", counts.mangled);
  json.Key("lacking").BeginObject();
  json.Number("publisher", counts.lacking_publisher)
      .Number("hash", counts.lacking_hash)
      .Number("path", counts.lacking_path)
      .EndObject();
  WriteVerdicts(json, counts);
  json.Number("former_would_block", counts.former_blocked)
      .Number("would_block", counts.now_blocked)
      .Number("changes", counts.changes)
      .Number("newly_denied", counts.denied)
      .Number("newly_blocked", counts.blocked)
      .Number("groups", tally.groups.size())
      .Number("changes_in_other_groups", tally.changes_in_other_groups);
  json.EndObject();
}

template <typename Write>
void AddLine(std::string& text, const Write& write) {
  JsonWriter json(text);
  write(json);
  text += '\n';
}

}  // namespace

std::string JsonReport(const SimulationTally& tally, size_t max_groups) {
  std::string text;
  const auto groups = GroupsInOrder(tally);
  for (size_t i = 0; i < std::min(max_groups, groups.size()); ++i) {
    AddLine(text, [&](JsonWriter& json) { WriteGroup(json, groups[i]->first, groups[i]->second); });
  }
  for (const MangledLine& line : tally.mangled) {
    AddLine(text, [&](JsonWriter& json) {
      json.BeginObject().String("kind", "mangled").Bytes("file", line.file);
      json.Number("line", line.line).String("error", line.why).EndObject();
    });
  }
  for (const SimulationTally::Problem& problem : tally.problems) {
    AddLine(text, [&](JsonWriter& json) {
      json.BeginObject().String("kind", "problem").Bytes("file", problem.file);
      json.String("error", problem.error.message).EndObject();
    });
  }
  AddLine(text, [&](JsonWriter& json) { WriteSummary(json, tally); });
  return text;
}

}  // namespace portcullis::simulation
