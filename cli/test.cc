// SPDX-License-Identifier: Apache-2.0
// `portcullis test`: what the policy says of each file.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/judge.h"
#include "cli/srp_why.h"
#include "cli/summary.h"
#include "cli/text.h"
#include "cli/verdicts.h"

namespace portcullis::cli {
namespace {

std::vector<Column> TestColumns(const Io& io) {
  // The rule gets what a path of ordinary length leaves.
  const size_t rule = std::clamp<size_t>(io.columns / 3, 24, 48);
  return {{"VERDICT", 16}, {"COLLECTION", 10}, {"RULE OR REASON", rule}, {"PATH", 0}};
}

std::string RuleOrReason(const Decision& decision) {
  std::string text = ToString(decision.reason);
  if (decision.rule != nullptr) text = Printable(decision.rule->name);
  if (decision.reason == Reason::kSrpRule) text = Printable(SrpRuleText(*decision.srp->rule));
  if (IsDenial(decision.verdict) && !decision.would_block()) text.insert(0, "[audit] ");
  return text;
}

std::string JsonOf(const Judge& judge, const FileReport& report, const Decision& decision) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject();
  WriteDecision(json, judge, report, decision);
  json.EndObject();
  return line + '\n';
}

FileLine LineOf(const JudgeRun& run, const std::vector<Column>& columns, const FileReport& report) {
  FileLine line = StartLine(report);
  if (report.problem) {
    line.text = ProblemLine(report);
    return line;
  }
  const Decision decision = DecideFile(run.judge, report, nullptr);
  FillVerdict(line, report, decision);
  if (!run.values.Wants(decision.verdict) || run.options.summary) return line;
  if (run.options.json) {
    line.text = JsonOf(run.judge, report, decision);
  } else {
    line.text = TableRow(columns, {ToString(decision.verdict),
                                   report.collection ? ToString(*report.collection) : "-",
                                   RuleOrReason(decision), Printable(report.path)});
  }
  return line;
}

}  // namespace

ExitStatus RunTest(const Options& options, Io& io) {
  Summary summary;
  const auto run = LoadJudgeRun("test", options, io);
  if (!run) return run.error();
  const auto columns = TestColumns(io);
  if (!options.json && !options.summary) io.out.Write(TableHead(columns));
  const ExitStatus status = JudgeFiles(
      *run, io, [&](const FileReport& report) { return LineOf(*run, columns, report); },
      [&](const FileLine& line) {
        if (options.summary) summary.Add(line);
      });
  if (options.summary && status != ExitStatus::kFailed) {
    io.out.Write(options.json ? summary.Json(run->judge) : summary.Table(run->judge, io.columns));
  }
  return status;
}

}  // namespace portcullis::cli
