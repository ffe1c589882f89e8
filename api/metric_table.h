// SPDX-License-Identifier: Apache-2.0
// Every number that the service counts: what it is called, and what it means.
//
// Shape:   a Metric is a place in ServiceStatus::values and in the service's shared page; the table
//          has a row for each, in the same order. Rows of one family stand together.
// Units:   those of Prometheus: seconds, bytes, counts; a value in seconds is kept in nanoseconds.
//          Counters end in _total and begin with the
//          service, whatever gate is replaced.
// Threads: constants.
// Source:  docs/metrics.md; Prometheus, "Metric and label naming".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace portcullis::api {

enum class Metric : uint8_t {
  // Three for each way to answer, in the order of kVerdictKinds and kAnsweredBy.
  kFirstVerdict = 0,
  kLastVerdict = 14,
  kOpensWithoutLoad,
  kQuestions,
  kNotifications,
  kVerdictCacheHits,
  kVerdictCacheMisses,
  kIdentityCacheHits,
  kIdentityCacheMisses,
  kInspections,
  kQuestionsWaiting,
  kNewsWaiting,
  kQuestionsWaitingMost,
  kNewsWaitingMost,
  kOverdueAnswers,
  kRecordsDropped,
  kNotificationsDropped,
  kEventsDropped,
  kFilesNotOpened,
  kEventsStored,
  kEventWritesFailed,
  kEventStoreBytes,
  kGeneration,
  kPolicyLoadedAt,
  kReloadsDone,
  kReloadsRefused,
  kGateRestarts,
  kSupervisorRestarts,
  kJournalRestarts,
  kNotifierRestarts,
  kControlRestarts,
  kMarkedFileSystems,
  kEnforcing,
  kGateReady,
  kStartedAt,
  kCount
};
inline constexpr size_t kMetrics = static_cast<size_t>(Metric::kCount);

inline constexpr std::array<std::string_view, 3> kVerdictKinds = {"allowed", "denied", "audited"};
inline constexpr std::array<std::string_view, 5> kAnsweredBy = {
    "decision", "deadline", "failure-policy", "busy-file", "observed"};
constexpr Metric VerdictMetric(size_t kind, size_t answered_by) {
  return static_cast<Metric>(kind * kAnsweredBy.size() + answered_by);
}

enum class MetricType : uint8_t { kCounter, kGauge };

struct MetricInfo {
  std::string family;  // "portcullis_verdicts_total"
  std::string labels;  // `verdict="allowed",answered_by="decision"`, or empty
  std::string help;
  MetricType type = MetricType::kCounter;

  // Kept in nanoseconds.
  bool is_time() const { return family.ends_with("_seconds"); }
  // "verdicts_total_allowed_decision", "start_timestamp_ns": the member of the JSON.
  std::string JsonName() const;
  // family{labels}: the name of a sample.
  std::string Sample() const;
};

// In the order of Metric.
std::span<const MetricInfo> MetricTable();
const MetricInfo& InfoOf(Metric metric);
std::optional<Metric> FindMetric(std::string_view sample);

// The answers' latency: how many took at most so many nanoseconds, and one place for longer ones.
inline constexpr std::array<uint64_t, 21> kLatencyBoundsNs = {
    10'000,         20'000,         50'000,        100'000,       200'000,       500'000,
    1'000'000,      2'000'000,      5'000'000,     10'000'000,    20'000'000,    50'000'000,
    100'000'000,    200'000'000,    500'000'000,   1'000'000'000, 2'000'000'000, 5'000'000'000,
    10'000'000'000, 30'000'000'000, 60'000'000'000};
inline constexpr size_t kLatencyBuckets = kLatencyBoundsNs.size() + 1;
constexpr size_t LatencyBucket(uint64_t ns) {
  size_t bucket = 0;
  while (bucket < kLatencyBoundsNs.size() && ns > kLatencyBoundsNs[bucket]) ++bucket;
  return bucket;
}

// Families that are made of other members of the status, as the pages name them.
inline constexpr std::string_view kLatencyFamily = "portcullis_answer_seconds";
inline constexpr std::string_view kBuildFamily = "portcullis_build_info";
inline constexpr std::string_view kPolicyFileFamily = "portcullis_policy_file_info";
inline constexpr std::string_view kCollectionFamily = "portcullis_collection_rules";

}  // namespace portcullis::api
