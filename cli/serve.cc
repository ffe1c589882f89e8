// SPDX-License-Identifier: Apache-2.0
// `portcullis serve`: the service in the foreground.
#include <fmt/core.h>
#include <signal.h>

#include <chrono>
#include <memory>

#include "cli/commands.h"
#include "cli/config_files.h"
#include "cli/policy_file.h"
#include "cli/preflight_report.h"
#include "cli/serve_printer.h"
#include "cli/serve_summary.h"
#include "cli/service_policies.h"
#include "cli/version.h"
#include "enforcement/host_health.h"
#include "enforcement/mount_watch.h"
#include "enforcement/policy_in_force.h"
#include "enforcement/trial.h"
#include "host/boot_mode.h"
#include "host/catalog_files.h"
#include "host/trust_files.h"

namespace portcullis::cli {
namespace {

using enforcement::DecisionRecord;
using enforcement::Finding;
using enforcement::ServiceEvent;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Everything that can be wrong before the service starts.
struct Start {
  HostConfig host;
  enforcement::ServiceConfig service;
  std::vector<std::string> policy_files;
  std::optional<milliseconds> run_for;
  bool enforces = false;
  bool is_rescued = false;  // a rescue boot, which is not held to the policy
  std::shared_ptr<enforcement::TrialKeeper> trials;
  std::vector<Finding> needed_files;  // what the policy would lock out
};

Result<Start> LoadStart(const Options& options, Io& io) {
  Start start;
  start.host = TRY(LoadHostConfig(options.host_config));
  start.service = TRY(LoadServiceConfig(options.service_config));
  start.is_rescued = start.service.rescue_mode == enforcement::RescueMode::kObserve &&
                     ReadBootMode() != BootMode::kNormal;
  start.service.observe_only = options.observe || start.is_rescued;
  // Before the policy is read: the former one may have to come back.
  start.trials = std::make_shared<enforcement::TrialKeeper>(
      enforcement::Trials(start.service.journal.state_directory));
  start.trials->Look();
  start.policy_files = PolicyFiles(options);
  auto policies = TRY(ReadNamedPolicies(start.policy_files, io, {}));
  const auto force = TRY(enforcement::PolicyInForce::Build(std::move(policies), 1));
  start.enforces = force->enforces() && !start.service.observe_only;
  const TrustStore trust = TRY(LoadTrustStore(options.trust));
  const auto catalogs = TRY(LoadCatalogs(options.catalogs, CatalogAccess::kWhenNeeded));
  if (start.enforces) {
    const PreflightWorld world{"",     start.host,     start.service.service_process,
                               &trust, catalogs.get(), start.service.file_systems};
    start.needed_files = enforcement::CheckNeededFiles(Preflight(force->policies(), world));
  }
  return start;
}

std::string ModeText(const Start& start) {
  std::string files;
  for (const std::string& file : start.policy_files) files += (files.empty() ? "" : ", ") + file;
  return start.enforces ? "enforcing " + files
                        : "observing by " + files + ": nothing is denied or delayed";
}

constexpr size_t kShownMounts = 8;

std::string Listed(const std::vector<std::string>& points) {
  std::string text;
  for (size_t i = 0; i < points.size() && i < kShownMounts; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", points[i]);
  }
  if (points.size() > kShownMounts)
    text += fmt::format(" and {} more", points.size() - kShownMounts);
  return text;
}

void PrintPlaces(const Start& start, ServePrinter& printer) {
  const auto mounts = MountTable::OfThisProcess(start.host.network_file_systems);
  const auto targets =
      enforcement::FileSystemsToMark(mounts.value_or(MountTable()), start.service.file_systems);
  printer.Event(std::string_view("judging what lies on " + Listed(targets.points)));
  for (const auto& unmarked : targets.unmarked) {
    printer.Event(std::string_view(fmt::format("not judging {}: {}; programs there run unasked",
                                               unmarked.point, unmarked.reason)));
  }
}

// What an administrator should know before the first record.
void PrintStart(const Start& start, ServePrinter& printer) {
  const auto say = [&](const std::string& text) { printer.Event(std::string_view(text)); };
  say(ModeText(start));
  if (start.is_rescued) say("a rescue boot is only observed; rescue-mode = enforce changes that");
  PrintPlaces(start, printer);
  for (const Finding& finding : CheckKernel(enforcement::KernelFeatures::Probe())) {
    if (finding.text != "present") say(finding.subject + " " + finding.text);
  }
  const Finding services =
      CheckServiceProcess(start.service.service_process, enforcement::CountSessions());
  say(services.subject + ": " + services.text);
  // It starts all the same: while no service runs everything does.
  for (const Finding& finding : start.needed_files) {
    if (finding.weakens()) say(finding.text + "; " + finding.remedy);
  }
}

// What the gate's process collects and says at the end.
struct Session {
  ServePrinter printer;
  ServeSummary summary;
  steady_clock::time_point began = steady_clock::now();

  Session(Io& io, ServePrinter::Format format) : printer(io, format) {}
};

void PrintSummary(const Session& session, Io& io) {
  const auto elapsed =
      std::chrono::duration_cast<milliseconds>(steady_clock::now() - session.began);
  if (session.printer.format() == ServePrinter::Format::kJson) {
    io.err.Write(session.summary.Json(elapsed));
    return io.err.Flush();
  }
  io.out.Write(session.summary.Table(elapsed, io.columns));
  io.out.Flush();
}

// The first reading is a repetition: its warnings have been printed.
std::function<Result<std::vector<NamedPolicy>>()> PolicyLoader(std::vector<std::string> files,
                                                               Session& session, const Io& io) {
  return [files = std::move(files), is_first = std::make_shared<bool>(true), &session, &io] {
    const bool warns = !std::exchange(*is_first, false);
    return ReadNamedPolicies(files, io, {}, [&](const std::string& warning) {
      if (warns) session.printer.Event(std::string_view(warning));
    });
  };
}

enforcement::ServiceSetup SetupOf(Start start, const Options& options, Session& session, Io& io) {
  enforcement::ServiceSetup setup;
  setup.service = std::move(start.service);
  setup.host = std::move(start.host);
  setup.load_policies = PolicyLoader(std::move(start.policy_files), session, io);
  setup.settle_trial = [trials = std::move(start.trials)] { return trials->Settle(); };
  setup.load_trust = [trust = options.trust] { return LoadTrustStore(trust); };
  setup.load_catalogs = [directory = options.catalogs] {
    return LoadCatalogs(directory, CatalogAccess::kMapped);
  };
  setup.records.record = [&session](const DecisionRecord& record) {
    session.summary.Add(record);
    session.printer.Record(record);
  };
  setup.records.lost = [&session](uint64_t count) {
    session.summary.AddLost(count);
    session.printer.Lost(count);
  };
  setup.records.note = [&session](const std::string& text) {
    session.printer.Event(std::string_view(text));
  };
  setup.at_end = [&session, &io] {
    session.summary.AddLost(session.printer.unwritten());
    PrintSummary(session, io);
  };
  setup.report = [&session](const ServiceEvent& event) { session.printer.Event(event); };
  setup.run_for = start.run_for;
  setup.version = kVersion;
  return setup;
}

}  // namespace

ExitStatus RunServe(const Options& options, Io& io) {
  std::optional<milliseconds> run_for;
  if (options.run_for) {
    const auto duration = enforcement::ParseDuration(*options.run_for);
    if (!duration) {
      PrintError(io, fmt::format("--for {}: {}", *options.run_for, duration.error().message));
      return ExitStatus::kUsage;
    }
    run_for = *duration;
  }
  auto start = LoadStart(options, io);
  if (!start) {
    PrintError(io, start.error().message);
    return ExitStatus::kFailed;
  }
  start->run_for = run_for;
  Session session(io, options.json ? ServePrinter::Format::kJson : ServePrinter::Format::kTable);
  PrintStart(*start, session.printer);
  session.printer.Head();
  // Who reads the records may go; the verdicts go on.
  signal(SIGPIPE, SIG_IGN);
  const auto ended = RunService(SetupOf(*std::move(start), options, session, io));
  if (ended) return ExitStatus::kDone;
  PrintError(io, ended.error().message);
  return ExitStatus::kFailed;
}

}  // namespace portcullis::cli
