// SPDX-License-Identifier: Apache-2.0
#include "api/metric_table.h"

#include <fmt/core.h>

#include <vector>

namespace portcullis::api {
namespace {

constexpr std::string_view kPrefix = "portcullis_";

struct Row {
  Metric metric;
  const char* family;
  const char* labels;
  MetricType type;
  const char* help;
};

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr const char* kVerdictHelp =
    "Verdicts on runs and loads: allowed, denied, or audited (would have been denied, and ran).";
constexpr const char* kVerdictCacheHelp = "Verdicts looked up in the cache of verdicts.";
constexpr const char* kIdentityCacheHelp = "Files looked up in the cache of identities.";
constexpr const char* kWaitingHelp = "Events that wait for a thread of the gate.";
constexpr const char* kWaitingMostHelp =
    "The most events that have waited for a thread of the gate at once.";
constexpr const char* kDroppedHelp =
    "What was dropped because its queue was full or its store failed: records of decisions, "
    "notifications of the kernel, events of the log.";
constexpr const char* kReloadsHelp = "Reloads of the policies: in force, or refused.";
constexpr const char* kRestartsHelp = "Processes of the service that were started anew.";

constexpr Row kRows[] = {
    {Metric::kOpensWithoutLoad, "portcullis_opens_without_load_total", "", kCounter,
     "Opens that load nothing: allowed without a verdict."},
    {Metric::kQuestions, "portcullis_questions_total", "", kCounter,
     "Questions of the kernel that the gate took, but for those of the service itself."},
    {Metric::kNotifications, "portcullis_notifications_total", "", kCounter,
     "Runs and opens that the kernel told of without asking."},
    {Metric::kVerdictCacheHits, "portcullis_verdict_cache_lookups_total", "result=\"hit\"",
     kCounter, kVerdictCacheHelp},
    {Metric::kVerdictCacheMisses, "portcullis_verdict_cache_lookups_total", "result=\"miss\"",
     kCounter, kVerdictCacheHelp},
    {Metric::kIdentityCacheHits, "portcullis_identity_cache_lookups_total", "result=\"hit\"",
     kCounter, kIdentityCacheHelp},
    {Metric::kIdentityCacheMisses, "portcullis_identity_cache_lookups_total", "result=\"miss\"",
     kCounter, kIdentityCacheHelp},
    {Metric::kInspections, "portcullis_inspections_total", "", kCounter,
     "Files that were handed to an inspector."},
    {Metric::kQuestionsWaiting, "portcullis_queue_depth", "queue=\"questions\"", kGauge,
     kWaitingHelp},
    {Metric::kNewsWaiting, "portcullis_queue_depth", "queue=\"news\"", kGauge, kWaitingHelp},
    {Metric::kQuestionsWaitingMost, "portcullis_queue_depth_max", "queue=\"questions\"", kGauge,
     kWaitingMostHelp},
    {Metric::kNewsWaitingMost, "portcullis_queue_depth_max", "queue=\"news\"", kGauge,
     kWaitingMostHelp},
    {Metric::kOverdueAnswers, "portcullis_overdue_answers_total", "", kCounter,
     "Questions that were answered because their time was up."},
    {Metric::kRecordsDropped, "portcullis_dropped_total", "what=\"records\"", kCounter,
     kDroppedHelp},
    {Metric::kNotificationsDropped, "portcullis_dropped_total", "what=\"notifications\"", kCounter,
     kDroppedHelp},
    {Metric::kEventsDropped, "portcullis_dropped_total", "what=\"events\"", kCounter, kDroppedHelp},
    {Metric::kFilesNotOpened, "portcullis_files_not_opened_total", "", kCounter,
     "Files that the kernel could not open for the gate, and refused."},
    {Metric::kEventsStored, "portcullis_events_stored_total", "", kCounter,
     "Events that are in the store, or were."},
    {Metric::kEventWritesFailed, "portcullis_event_writes_failed_total", "", kCounter,
     "Times that the store of events could not be written."},
    {Metric::kEventStoreBytes, "portcullis_event_store_bytes", "", kGauge,
     "Size of the store of events."},
    {Metric::kGeneration, "portcullis_policy_generation", "", kGauge,
     "Number of the policy in force; counts up with each that comes into force."},
    {Metric::kPolicyLoadedAt, "portcullis_policy_loaded_timestamp_seconds", "", kGauge,
     "When the files of the policy in force were read."},
    {Metric::kReloadsDone, "portcullis_reloads_total", "result=\"done\"", kCounter, kReloadsHelp},
    {Metric::kReloadsRefused, "portcullis_reloads_total", "result=\"refused\"", kCounter,
     kReloadsHelp},
    {Metric::kGateRestarts, "portcullis_process_restarts_total", "process=\"gate\"", kCounter,
     kRestartsHelp},
    {Metric::kSupervisorRestarts, "portcullis_process_restarts_total", "process=\"supervisor\"",
     kCounter, kRestartsHelp},
    {Metric::kJournalRestarts, "portcullis_process_restarts_total", "process=\"journal\"", kCounter,
     kRestartsHelp},
    {Metric::kNotifierRestarts, "portcullis_process_restarts_total", "process=\"notifier\"",
     kCounter, kRestartsHelp},
    {Metric::kControlRestarts, "portcullis_process_restarts_total", "process=\"control\"", kCounter,
     kRestartsHelp},
    {Metric::kMarkedFileSystems, "portcullis_marked_file_systems", "", kGauge,
     "File systems that the kernel asks or tells about."},
    {Metric::kEnforcing, "portcullis_enforcing", "", kGauge,
     "1 while a policy is enforced, 0 while it is only observed."},
    {Metric::kGateReady, "portcullis_gate_ready", "", kGauge,
     "1 while a gate answers, 0 while the failure policy does."},
    {Metric::kStartedAt, "portcullis_start_timestamp_seconds", "", kGauge,
     "When the service was started."},
};

std::vector<MetricInfo> MakeTable() {
  std::vector<MetricInfo> table(kMetrics);
  for (size_t kind = 0; kind < kVerdictKinds.size(); ++kind) {
    for (size_t by = 0; by < kAnsweredBy.size(); ++by) {
      const auto labels =
          fmt::format("verdict=\"{}\",answered_by=\"{}\"", kVerdictKinds[kind], kAnsweredBy[by]);
      table[static_cast<size_t>(VerdictMetric(kind, by))] = {"portcullis_verdicts_total", labels,
                                                             kVerdictHelp, kCounter};
    }
  }
  for (const Row& row : kRows) {
    table[static_cast<size_t>(row.metric)] = {row.family, row.labels, row.help, row.type};
  }
  return table;
}

}  // namespace

std::string MetricInfo::JsonName() const {
  std::string name = family.substr(kPrefix.size());
  if (is_time()) name.replace(name.rfind("seconds"), std::string::npos, "ns");
  bool in_value = false;
  for (const char c : labels) {
    if (c == '"') {
      in_value = !in_value;
      if (in_value) name += '_';
    } else if (in_value) {
      name += c == '-' ? '_' : c;
    }
  }
  return name;
}

std::string MetricInfo::Sample() const {
  return labels.empty() ? family : fmt::format("{}{{{}}}", family, labels);
}

std::span<const MetricInfo> MetricTable() {
  static const std::vector<MetricInfo> table = MakeTable();
  return table;
}

const MetricInfo& InfoOf(Metric metric) { return MetricTable()[static_cast<size_t>(metric)]; }

std::optional<Metric> FindMetric(std::string_view sample) {
  const auto table = MetricTable();
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i].Sample() == sample) return static_cast<Metric>(i);
  }
  return std::nullopt;
}

}  // namespace portcullis::api
