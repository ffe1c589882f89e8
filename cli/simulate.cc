// SPDX-License-Identifier: Apache-2.0
// `portcullis simulate`: what a policy would have done.
#include "authoring/simulate/simulate.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "authoring/simulate/event_users.h"
#include "authoring/simulate/report.h"
#include "cli/commands.h"
#include "cli/file_context.h"
#include "cli/judge.h"
#include "cli/simulate_table.h"
#include "cli/text.h"
#include "cli/values.h"

namespace portcullis::cli {
namespace {

using simulation::FailOn;
using simulation::SimulationTally;

constexpr size_t kShownGroups = 40;  // of the table

// Everything that is judged by; the setup points into it.
struct Simulation {
  Values values;
  FileContext context;
  std::unique_ptr<const Judge> judge;
  std::unique_ptr<const Judge> former;  // null: none
  simulation::Setup setup;
};

std::optional<std::string> WrongUsage(const Options& options) {
  const SimulateOptions& simulate = options.authoring.simulate;
  if (options.policies.empty()) return "simulate: --policy FILE is missing";
  if (options.facts.empty() && options.paths.empty() && !simulate.store) {
    return "simulate: there is nothing to judge: give FILE, --facts FILE or --events";
  }
  return std::nullopt;
}

Options WithUser(Options options, const std::string& user) {
  options.user = user;
  return options;
}

Result<std::vector<simulation::User>> UsersOf(const Options& options, const HostConfig& config) {
  std::vector<simulation::User> users;
  for (const std::string& name : options.authoring.simulate.users) {
    const Options one = WithUser(options, name);
    const Values values = TRY(ParseValues(one));
    users.push_back({name, TRY(TokenOf(one, values, config))});
  }
  return users;
}

Result<std::unique_ptr<const Judge>> LoadFormer(Options options, const Values& values,
                                                const HostConfig& config, Io& io) {
  options.policies = options.authoring.simulate.former;
  if (options.policies.empty()) return std::unique_ptr<const Judge>();
  return std::make_unique<const Judge>(TRY(LoadJudge(options, values, config, io)));
}

Result<Simulation> LoadSimulation(const Options& options, Values values, Io& io) {
  Simulation loaded;
  loaded.values = std::move(values);
  Options facts_alone = options;  // FILE is no file to look at
  facts_alone.paths.clear();
  loaded.context = TRY(LoadFileContext(facts_alone, loaded.values, io));
  const HostConfig& config = loaded.context.speller->config();
  loaded.judge = std::make_unique<const Judge>(TRY(LoadJudge(options, loaded.values, config, io)));
  loaded.former = TRY(LoadFormer(options, loaded.values, config, io));
  loaded.setup.policies = &loaded.judge->policies;
  if (loaded.former != nullptr) loaded.setup.former = &loaded.former->policies;
  loaded.setup.users = TRY(UsersOf(options, config));
  if (loaded.setup.users.empty()) loaded.setup.users = {{"Everyone", loaded.judge->token}};
  loaded.setup.speller = loaded.context.speller.get();
  loaded.setup.threads = loaded.context.jobs;
  return loaded;
}

Result<void> JudgeEvents(const Options& options, const Simulation& loaded, SimulationTally& tally) {
  const std::string& path = *options.authoring.simulate.store;
  const auto store = eventlog::EventStore::OpenForReading(path);
  if (!store) {
    return Fail(store.error().code, fmt::format("{}: {}", path, store.error().message));
  }
  const SystemAccounts accounts;
  simulation::EventUsers users(options.authoring.simulate.users, accounts,
                               loaded.context.speller->config());
  return SimulateEvents(
      *store, [&](const eventlog::EventProcess& process) { return users.Find(process); },
      loaded.setup, tally);
}

Result<SimulationTally> Run(const Options& options, const Simulation& loaded, Io& io) {
  SimulationTally tally;
  if (options.authoring.simulate.store) TRY_VOID(JudgeEvents(options, loaded, tally));
  std::vector<std::string> files = options.facts;
  files.insert(files.end(), options.paths.begin(), options.paths.end());
  SimulateFacts(files, io.in_fd, loaded.setup, tally);
  return tally;
}

FailOn FailOnOf(const std::string& word) {
  if (word == "never") return FailOn::kNever;
  if (word == "block") return FailOn::kBlock;
  return word == "change" ? FailOn::kChange : FailOn::kDenial;
}

void Print(const SimulateOptions& options, const SimulationTally& tally, Io& io) {
  const size_t every = simulation::kMaxGroups;
  if (options.format == "json") {
    return io.out.Write(JsonReport(tally, options.limit.value_or(every)));
  }
  if (options.format == "junit") {
    return io.out.Write(
        JunitReport(tally, FailOnOf(options.fail_on), options.limit.value_or(every)));
  }
  const std::string table =
      SimulationTable(tally, options.limit.value_or(kShownGroups), io.columns);
  io.out.Write(table + (table.empty() ? "" : "\n") + SimulationSummary(tally));
}

// On standard error: what was not judged.
void PrintProblems(const SimulationTally& tally, Io& io) {
  io.out.Flush();
  for (const simulation::MangledLine& line : tally.mangled) {
    PrintError(
        io, fmt::format("{}: line {}: {}", Printable(line.file), line.line, Printable(line.why)));
  }
  if (tally.counts.mangled > 0) {
    PrintError(io, Count(tally.counts.mangled, "line is no fact", "lines are no facts"));
  }
  for (const SimulationTally::Problem& problem : tally.problems) {
    PrintError(io, fmt::format("{}: {}", Printable(problem.file), problem.error.message));
  }
  if (tally.counts.unreadable > 0) {
    PrintError(io, Count(tally.counts.unreadable, "file", "files") +
                       " could not be read where the facts were made");
  }
}

ExitStatus StatusOf(const SimulateOptions& options, const SimulationTally& tally, Io& io) {
  if (tally.counts.facts == 0) {
    PrintError(io, "nothing could be judged");
    return ExitStatus::kFailed;
  }
  if (Failures(tally.counts, FailOnOf(options.fail_on)) > 0) return ExitStatus::kFound;
  const bool is_whole = tally.problems.empty() && tally.counts.mangled == 0;
  return is_whole ? ExitStatus::kDone : ExitStatus::kFailed;
}

ExitStatus End(Io& io, ExitStatus status, std::string_view message) {
  PrintError(io, message);
  return status;
}

}  // namespace

ExitStatus RunSimulate(const Options& options, Io& io) {
  if (const auto wrong = WrongUsage(options)) return End(io, ExitStatus::kUsage, *wrong);
  auto values = ParseValues(options);
  if (!values) return End(io, ExitStatus::kUsage, values.error().message);
  const auto loaded = LoadSimulation(options, *std::move(values), io);
  if (!loaded) return End(io, ExitStatus::kFailed, loaded.error().message);
  const auto tally = Run(options, *loaded, io);
  if (!tally) return End(io, ExitStatus::kFailed, tally.error().message);
  Print(options.authoring.simulate, *tally, io);
  PrintProblems(*tally, io);
  return StatusOf(options.authoring.simulate, *tally, io);
}

}  // namespace portcullis::cli
