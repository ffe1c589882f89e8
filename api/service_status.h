// SPDX-License-Identifier: Apache-2.0
// How the running service is: the one record behind `status`, its JSON and its metrics.
//
// Shape:   Encode writes a line a value (docs/control.md), Decode reads it. The policy's own lines
//          are made where the policy is loaded, and passed on as text (EncodePolicy).
// Limits:  kMaxPolicyBytes of the policy's lines: what has no room is counted in `more_files`;
//          kMaxStatusLines lines.
// Errors:  kMalformed: a known line that breaks its form. A line of a kind that is not known, or a
//          number that is not, is passed over: a newer service may say more.
// Threads: a value.
// Source:  docs/control.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/metric_table.h"
#include "base/result.h"

namespace portcullis::api {

inline constexpr size_t kMaxPolicyBytes = 16 << 10;
inline constexpr size_t kMaxStatusLines = 4096;

struct CollectionStatus {
  std::string collection;  // "Exe"
  std::string mode;        // "enforced", "audited"
  uint64_t rules = 0;

  friend bool operator==(const CollectionStatus&, const CollectionStatus&) = default;
};

struct PolicyStatus {
  std::vector<std::string> files;  // in order of application
  uint64_t more_files = 0;
  std::vector<CollectionStatus> collections;

  friend bool operator==(const PolicyStatus&, const PolicyStatus&) = default;
};

struct ServiceStatus {
  std::string version;
  PolicyStatus policy;
  std::string refused;  // why the last reload was; empty: it was not
  std::array<uint64_t, kMetrics> values{};
  std::array<uint64_t, kLatencyBuckets> latency{};
  uint64_t latency_sum_ns = 0;

  uint64_t operator[](Metric metric) const { return values[static_cast<size_t>(metric)]; }
  uint64_t& operator[](Metric metric) { return values[static_cast<size_t>(metric)]; }
  // All of one kind, whoever answered.
  uint64_t Verdicts(size_t kind) const;
  uint64_t Answers() const;
  // In nanoseconds, between the bounds of the bucket that `part` (0.99) of the answers end in; 0
  // without answers.
  uint64_t LatencyNs(double part) const;

  friend bool operator==(const ServiceStatus&, const ServiceStatus&) = default;
};

std::string EncodePolicy(const PolicyStatus& policy);
std::string EncodeStatus(const ServiceStatus& status);
Result<ServiceStatus> DecodeStatus(std::string_view body);

// One JSON object, without the line's end.
std::string StatusJson(const ServiceStatus& status);
// Prometheus' text format, version 0.0.4.
std::string StatusMetrics(const ServiceStatus& status);

}  // namespace portcullis::api
