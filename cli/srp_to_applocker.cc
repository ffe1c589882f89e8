// SPDX-License-Identifier: Apache-2.0
// `portcullis srp to-applocker`: Software Restriction Policies as rules of AppLocker, what those
// can not say, and where the two differ on given files.
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/migration_report.h"
#include "cli/srp_file.h"
#include "cli/verdicts.h"
#include "host/replace_file.h"
#include "policy/applocker/policy_writer.h"
#include "policy/needed_hashing.h"

namespace portcullis::cli {
namespace {

using srp::Migration;
using srp::Policy;

struct Migrated {
  std::vector<Policy> policies;
  srp::Environment environment;
  Migration migration;  // points into `policies`
  std::string xml;
};

std::vector<srp::MacroFolders> MacrosOf(const HostConfig& config) {
  std::vector<srp::MacroFolders> macros;
  for (const PathMacro& macro : config.macros) {
    srp::MacroFolders& folders = macros.emplace_back(srp::MacroFolders{macro.name, {}});
    folders.folders = macro.directories;
    folders.folders.insert(folders.folders.end(), macro.windows.begin(), macro.windows.end());
  }
  return macros;
}

Result<void> Migrate(const Options& options, const Values& values, Io& io, Migrated& migrated) {
  const HostConfig config = TRY(LoadHostConfig(options.host_config));
  const srp::RegistryReading reading = TRY(ReadSrpFiles(options.paths, ScopeOf(options.srp), io));
  PrintNotes(reading.notes, io);
  migrated.policies = reading.policies();
  if (migrated.policies.empty()) {
    return Fail(ErrorCode::kNotFound, "no policy of Software Restriction Policies in it");
  }
  migrated.environment = TRY(LoadEnvironment(options, values, config));
  srp::MigrationOptions how;
  how.paths_for = options.srp.for_windows ? srp::PathsFor::kWindows : srp::PathsFor::kHost;
  how.macros = MacrosOf(config);
  if (options.srp.audit) how.mode = applocker::EnforcementMode::kAuditOnly;
  migrated.migration = TRY(srp::ToAppLocker(migrated.policies, migrated.environment, how));
  migrated.xml = TRY(applocker::WritePolicy(migrated.migration.policy));
  return {};
}

// One file, judged by both.
class Comparison {
 public:
  static Result<Comparison> Make(const Migrated& migrated, const AccessToken& token,
                                 const MatchingSettings& settings) {
    PolicySet::Builder before(settings);
    before.SetSrpEnvironment(migrated.environment);
    std::vector<NamedPolicy> policies;
    for (const Policy& policy : migrated.policies) {
      policies.push_back({ToString(policy.scope), {}, nullptr, policy});
    }
    before.AddMergedLayer(std::move(policies));
    PolicySet::Builder after(settings);
    after.AddMergedLayer({{"migrated", migrated.migration.policy}});
    const auto& user = token.user.ToString();
    return Comparison{migrated.migration, Judge{TRY(before.Build()), token, user},
                      Judge{TRY(after.Build()), token, user}};
  }

  Hashing NeededHashing() const { return portcullis::NeededHashing(before_.policies); }

  std::optional<FileDifference> DifferenceOf(const FileReport& report) const {
    FileDifference difference{
        report, DecideFile(before_, report, nullptr), DecideFile(after_, report, nullptr), {}};
    if (IsDenial(difference.srp.verdict) == IsDenial(difference.applocker.verdict)) {
      return std::nullopt;
    }
    difference.reasons = ReasonsFor(migration_, difference.srp);
    return difference;
  }

 private:
  Comparison(const Migration& migration, Judge before, Judge after)
      : migration_(migration), before_(std::move(before)), after_(std::move(after)) {}

  const Migration& migration_;
  Judge before_;
  Judge after_;
};

ExitStatus Compare(const Migrated& migrated, const Options& options, const Values& values, Io& io,
                   Output& out) {
  Options files = options;
  files.paths = options.srp.against;
  auto context = LoadFileContext(files, values, io);
  const auto failed = [&io](const std::string& message) {
    PrintError(io, message);
    return ExitStatus::kFailed;
  };
  if (!context) return failed(context.error().message);
  auto token = TokenOf(options, values, context->speller->config());
  if (!token) return failed(token.error().message);
  const auto comparison = Comparison::Make(migrated, *std::move(token), values.settings);
  if (!comparison) return failed(comparison.error().message);
  context->hashing = comparison->NeededHashing();
  uint64_t judged = 0;
  uint64_t differ = 0;
  uint64_t unreadable = 0;
  const auto done = ForEachFile(
      FileRun{files, *context, io, Directories::kWalk},
      [&](const FileReport& report) {
        FileLine line = StartLine(report);
        if (report.problem) return line;
        const auto difference = comparison->DifferenceOf(report);
        if (difference) line.text = DifferenceLine(*difference, options.json);
        return line;
      },
      [&](const FileLine& line) {
        ++(line.problem ? unreadable : judged);
        if (line.problem) PrintError(io, line.path + ": " + line.problem->message);
        if (line.text.empty() || line.problem) return;
        ++differ;
        out.Write(line.text);
      });
  if (!done) return failed(done.error().message);
  if (judged == 0) return failed(std::string(kNothingFound));
  out.Write(ComparedLine({judged, differ, unreadable}, options.json));
  return differ > 0 ? ExitStatus::kFound : ExitStatus::kDone;
}

}  // namespace

ExitStatus RunSrpToAppLocker(const Options& options, Io& io) {
  const auto values = ParseValues(options);
  if (!values) {
    PrintError(io, values.error().message);
    return ExitStatus::kUsage;
  }
  Migrated migrated;
  if (const auto done = Migrate(options, *values, io, migrated); !done) {
    PrintError(io, done.error().message);
    return ExitStatus::kFailed;
  }
  const bool to_output = options.output == "-";
  if (to_output) {
    io.out.Write(migrated.xml);
    io.out.Flush();
  } else if (const auto written = ReplaceFile(options.output, migrated.xml); !written) {
    PrintError(io, fmt::format("{}: {}", options.output, written.error().message));
    return ExitStatus::kFailed;
  }
  Output& out = to_output ? io.err : io.out;
  out.Write(MigrationText(migrated.migration, options.output, options.json));
  if (options.srp.against.empty() && options.facts.empty()) return ExitStatus::kDone;
  return Compare(migrated, options, *values, io, out);
}

}  // namespace portcullis::cli
