// SPDX-License-Identifier: Apache-2.0
// The status as JSON and as Prometheus' text.
#include <fmt/core.h>

#include "api/service_status.h"
#include "base/json_writer.h"
#include "eventlog/visible_text.h"

namespace portcullis::api {
namespace {

// What a label's value may not hold as it is. Control characters have no notation of their own.
std::string LabelValue(std::string_view text) {
  std::string value;
  for (const char c : eventlog::VisibleLine(text)) {
    if (c == '\\' || c == '"') value += '\\';
    value += c;
  }
  return value;
}

// 1500 as 0.0000015: exact, and without an exponent.
std::string Seconds(uint64_t ns) {
  std::string text = fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string Head(std::string_view family, std::string_view help, std::string_view type) {
  return fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", family, help, type);
}

std::string Histogram(const ServiceStatus& status) {
  std::string text =
      Head(kLatencyFamily, "Time from when the gate read a question to its answer to the kernel.",
           "histogram");
  uint64_t so_far = 0;
  for (size_t i = 0; i < kLatencyBuckets; ++i) {
    so_far += status.latency[i];
    const std::string bound = i < kLatencyBoundsNs.size() ? Seconds(kLatencyBoundsNs[i]) : "+Inf";
    text += fmt::format("{}_bucket{{le=\"{}\"}} {}\n", kLatencyFamily, bound, so_far);
  }
  text += fmt::format("{}_sum {}\n", kLatencyFamily, Seconds(status.latency_sum_ns));
  return text + fmt::format("{}_count {}\n", kLatencyFamily, so_far);
}

std::string Infos(const ServiceStatus& status) {
  std::string text = Head(kBuildFamily, "Always 1; the label is the program's version.", "gauge");
  text += fmt::format("{}{{version=\"{}\"}} 1\n", kBuildFamily, LabelValue(status.version));
  text +=
      Head(kPolicyFileFamily, "Always 1; a file that the policy in force was read from.", "gauge");
  for (const std::string& file : status.policy.files) {
    text += fmt::format("{}{{file=\"{}\"}} 1\n", kPolicyFileFamily, LabelValue(file));
  }
  text += Head(kCollectionFamily, "Rules of each collection in force, and the collection's mode.",
               "gauge");
  for (const CollectionStatus& one : status.policy.collections) {
    text += fmt::format("{}{{collection=\"{}\",mode=\"{}\"}} {}\n", kCollectionFamily,
                        LabelValue(one.collection), LabelValue(one.mode), one.rules);
  }
  return text;
}

void AddPolicy(JsonWriter& json, const PolicyStatus& policy) {
  json.Key("policies").BeginArray();
  for (const std::string& file : policy.files) {
    json.BeginObject().Bytes("file", file).EndObject();
  }
  json.EndArray().Number("more_policies", policy.more_files);
  json.Key("collections").BeginArray();
  for (const CollectionStatus& one : policy.collections) {
    json.BeginObject()
        .String("collection", one.collection)
        .String("mode", one.mode)
        .Number("rules", one.rules)
        .EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string StatusJson(const ServiceStatus& status) {
  std::string line;
  JsonWriter json(line);
  json.BeginObject().String("version", status.version);
  AddPolicy(json, status.policy);
  status.refused.empty() ? json.Null("refused") : json.Bytes("refused", status.refused);
  json.Key("answers").BeginObject();
  json.Number("count", status.Answers())
      .Number("sum_ns", status.latency_sum_ns)
      .Number("p50_ns", status.LatencyNs(0.5))
      .Number("p99_ns", status.LatencyNs(0.99))
      .EndObject();
  json.Key("metrics").BeginObject();
  const auto table = MetricTable();
  for (size_t i = 0; i < table.size(); ++i) json.Number(table[i].JsonName(), status.values[i]);
  json.EndObject().EndObject();
  return line;
}

std::string StatusMetrics(const ServiceStatus& status) {
  std::string text;
  std::string_view family;
  const auto table = MetricTable();
  for (size_t i = 0; i < table.size(); ++i) {
    const MetricInfo& info = table[i];
    if (info.family != family) {
      text += Head(info.family, info.help, info.type == MetricType::kCounter ? "counter" : "gauge");
    }
    family = info.family;
    const uint64_t value = status.values[i];
    text += fmt::format("{} {}\n", info.Sample(),
                        info.is_time() ? Seconds(value) : fmt::format("{}", value));
  }
  return text + Histogram(status) + Infos(status);
}

}  // namespace portcullis::api
