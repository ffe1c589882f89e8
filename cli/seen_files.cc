// SPDX-License-Identifier: Apache-2.0
#include "cli/seen_files.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <mutex>

#include "authoring/facts.h"
#include "cli/event_query.h"
#include "cli/files.h"
#include "eventlog/event_store.h"
#include "eventlog/rendering.h"

namespace portcullis::cli {
namespace {

using eventlog::Event;
using eventlog::EventFilter;
using eventlog::EventStore;

std::string HostName() {
  std::array<char, 256> name = {};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

std::string MachineOfFacts(const Options& options, const std::string& file) {
  if (options.authoring.policy_new.machine) return *options.authoring.policy_new.machine;
  return file == "-" ? file : std::filesystem::path(file).filename().string();
}

struct Origin {
  std::string machine;
  bool is_here = false;
};

class Collector {
 public:
  explicit Collector(const HostConfig& config) : config_(config) {}

  void Add(const FileReport& report, const Origin& origin) {
    auto file = SeenFileOf(report, report.host.empty() ? origin.machine : report.host, config_);
    if (file) file->is_here = origin.is_here;
    const std::lock_guard lock(mutex_);
    if (report.problem) {
      ++seen_.unreadable;
    } else if (!file) {
      ++seen_.not_judged;
    } else if (seen_.files.size() <= kMaxSeenFiles) {  // one more says that there are too many
      seen_.files.push_back(*std::move(file));
    }
  }

  SeenFiles Take() {
    DropRepeated(seen_.files);
    return std::move(seen_);
  }

 private:
  const HostConfig& config_;
  std::mutex mutex_;
  SeenFiles seen_;
};

Result<void> CollectFiles(const Options& options, const FileContext& context, const Origin& origin,
                          Collector& collector, Io& io) {
  LinePrinter printer(io, PrintMode::kTable);
  const FileRun run{options, context, io,
                    options.recursive ? Directories::kWalk : Directories::kRefuse};
  return ForEachFile(
      run,
      [&](const FileReport& report) {
        collector.Add(report, origin);
        return StartLine(report);
      },
      [&](const FileLine& line) { printer.Print(line); });
}

Result<void> CollectFacts(const Options& options, const FileContext& context, Collector& collector,
                          Io& io) {
  Options one = options;
  one.paths.clear();
  for (const std::string& file : options.facts) {
    one.facts = {file};
    TRY_VOID(CollectFiles(one, context, {MachineOfFacts(options, file)}, collector, io));
  }
  return {};
}

// What was not simply allowed.
bool IsWanted(const Event& event) {
  const auto effect = eventlog::EffectOf(event.id);
  return event.decision && effect && *effect != eventlog::Effect::kAllowed;
}

Result<void> CollectEvents(const Options& options, const FileContext& context,
                           const std::string& machine, Collector& collector) {
  const Origin origin{machine, !options.events.store};
  EventOptions asked;
  asked.since = options.events.since;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EventFilter filter = TRY(ParseEventFilter(asked, std::chrono::nanoseconds(now).count()));
  const std::string path = options.events.store.value_or(eventlog::kDefaultStore);
  const auto store = EventStore::OpenForReading(path);
  if (!store) return Fail(store.error().code, fmt::format("{}: {}", path, store.error().message));
  while (true) {
    const auto page = TRY(store->Read(filter));
    for (const Event& event : page) {
      if (!IsWanted(event)) continue;
      collector.Add(TRY(ParseFact(eventlog::RenderFacts(event), *context.speller)), origin);
    }
    if (page.size() < eventlog::kMaxPage) return {};
    filter.after_sequence = page.back().sequence;
  }
}

}  // namespace

Result<SeenFiles> CollectSeenFiles(const Options& options, const FileContext& context, Io& io) {
  const PolicyNewOptions& asked = options.authoring.policy_new;
  const std::string here = asked.machine.value_or(HostName());
  Collector collector(context.speller->config());
  TRY_VOID(CollectFacts(options, context, collector, io));
  if (asked.from_events) TRY_VOID(CollectEvents(options, context, here, collector));
  Options paths = options;
  paths.facts.clear();
  if (!paths.paths.empty()) TRY_VOID(CollectFiles(paths, context, {here, true}, collector, io));
  return collector.Take();
}

}  // namespace portcullis::cli
