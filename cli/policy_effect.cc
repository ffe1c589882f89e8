// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_effect.h"

#include <fmt/core.h>

#include "cli/files.h"
#include "cli/judge.h"
#include "cli/policy_change.h"
#include "cli/text.h"

namespace portcullis::cli {
namespace {

// One user, asked about by both policies.
struct Comparison {
  Judge before;
  Judge after;
};

Result<PolicySet> Compiled(const NamedPolicy& policy, const MatchingSettings& settings) {
  PolicySet::Builder builder(settings);
  builder.SetUnknownCollections(PolicySet::Builder::UnknownCollections::kIgnore);
  builder.AddMergedLayer({policy});
  return builder.Build();
}

Result<Comparison> MakeComparison(const std::vector<NamedPolicy>& policies, const Options& of_user,
                                  const HostConfig& config) {
  const Values values = TRY(ParseValues(of_user));
  const AccessToken token = TRY(TokenOf(of_user, values, config));
  const std::string user = values.user || !of_user.user ? token.user.ToString() : *of_user.user;
  return Comparison{Judge{TRY(Compiled(policies[0], values.settings)), token, user},
                    Judge{TRY(Compiled(policies[1], values.settings)), token, user}};
}

Result<std::vector<Comparison>> MakeComparisons(const std::vector<NamedPolicy>& policies,
                                                const Options& options, const HostConfig& config) {
  std::vector<Comparison> comparisons;
  Options of_user = options;
  if (options.authoring.compare.users.empty()) {
    comparisons.push_back(TRY(MakeComparison(policies, of_user, config)));
  }
  for (const std::string& user : options.authoring.compare.users) {
    of_user.user = user;
    comparisons.push_back(TRY(MakeComparison(policies, of_user, config)));
  }
  return comparisons;
}

std::string SideText(const Decision& decision) {
  const std::string by =
      decision.rule == nullptr
          ? ToString(decision.reason)
          : fmt::format("{} \"{}\"", decision.rule->id.ToString(), Printable(decision.rule->name));
  return fmt::format("{} by {}", ToString(decision.verdict), by);
}

void WriteSide(JsonWriter& json, std::string_view key, const Judge& judge, const FileReport& report,
               const Decision& decision) {
  json.Key(key).BeginObject();
  WriteDecision(json, judge, report, decision);
  json.EndObject();
}

// Empty where both say the same.
std::string LineOf(const Comparison& comparison, const FileReport& report, bool as_json) {
  const Decision before = DecideFile(comparison.before, report, nullptr);
  const Decision after = DecideFile(comparison.after, report, nullptr);
  if (IsDenial(before.verdict) == IsDenial(after.verdict) &&
      before.would_block() == after.would_block()) {
    return "";
  }
  if (!as_json) {
    return fmt::format("{}\n    for {}: {}\n    now {}\n", Printable(report.path),
                       Printable(comparison.before.user), SideText(before), SideText(after));
  }
  std::string line;
  JsonWriter json(line);
  json.BeginObject()
      .String("change", "verdict")
      .Bytes("path", report.path)
      .String("user", comparison.before.user);
  WriteSide(json, "before", comparison.before, report, before);
  WriteSide(json, "after", comparison.after, report, after);
  json.EndObject();
  return line + '\n';
}

FileLine LinesOf(const std::vector<Comparison>& comparisons, const FileReport& report,
                 bool as_json) {
  FileLine line = StartLine(report);
  if (report.problem) return line;
  for (const Comparison& comparison : comparisons) {
    line.text += LineOf(comparison, report, as_json);
  }
  return line;
}

struct Counts {
  uint64_t judged = 0;
  uint64_t differ = 0;
  uint64_t unreadable = 0;
};

Result<Counts> CompareFiles(const std::vector<Comparison>& comparisons, const FileRun& run) {
  Counts counts;
  TRY_VOID(ForEachFile(
      run, [&](const FileReport& report) { return LinesOf(comparisons, report, run.options.json); },
      [&](const FileLine& line) {
        ++(line.problem ? counts.unreadable : counts.judged);
        if (line.text.empty() || line.problem) return;
        ++counts.differ;
        run.io.out.Write(line.text);
      }));
  return counts;
}

Result<Counts> Compare(const std::vector<NamedPolicy>& policies, const Options& options, Io& io) {
  Options files = options;
  files.paths.clear();
  files.facts = options.authoring.compare.on;
  const Values values = TRY(ParseValues(files));
  const FileContext context = TRY(LoadFileContext(files, values, io));
  const auto comparisons = TRY(MakeComparisons(policies, options, context.speller->config()));
  return CompareFiles(comparisons, {files, context, io, Directories::kRefuse});
}

}  // namespace

ExitStatus PrintChangedVerdicts(const std::vector<NamedPolicy>& policies, const Options& options,
                                Io& io) {
  const auto counts = Compare(policies, options, io);
  if (!counts) return EndWithError(io, counts.error());
  if (counts->unreadable > 0) {
    PrintError(io, Count(counts->unreadable, "file", "files") +
                       " could not be read where the "
                       "facts were taken");
  }
  if (counts->judged == 0)
    return EndWithError(io, {ErrorCode::kNotFound, std::string(kNothingFound)});
  if (!options.json) {
    io.out.Flush();
    io.err.Write(fmt::format("{}, {} change\n", Count(counts->judged, "file", "files"),
                             Grouped(counts->differ)));
  }
  return counts->differ > 0 ? ExitStatus::kFound : ExitStatus::kDone;
}

}  // namespace portcullis::cli
