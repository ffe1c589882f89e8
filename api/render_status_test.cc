// SPDX-License-Identifier: Apache-2.0
// What the status looks like outside, against docs/metrics.md and Prometheus' text format.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "api/service_status.h"

namespace portcullis::api {
namespace {

using ::testing::HasSubstr;

ServiceStatus Sample() {
  ServiceStatus status;
  status.version = "0.1.0";
  status.policy.files = {"/etc/\"quoted\\\n\xff.xml"};
  status.policy.collections = {{"Exe", "Enabled", 12}};
  status[VerdictMetric(1, 0)] = 3;
  status[Metric::kStartedAt] = 1'700'000'000'250'000'000;
  status.latency[0] = 2;
  status.latency[1] = 1;
  status.latency_sum_ns = 1'500;
  return status;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Family to its type, as the `# TYPE` lines have it.
std::map<std::string, std::string> Families(const std::string& text) {
  std::map<std::string, std::string> families;
  for (const std::string& line : Lines(text)) {
    std::istringstream in(line);
    std::string hash, word, family, type;
    in >> hash >> word >> family >> type;
    if (hash == "#" && word == "TYPE") {
      EXPECT_FALSE(families.contains(family)) << family << " stands in two places";
      families[family] = type;
    }
  }
  return families;
}

TEST(StatusMetrics, EveryLineIsOfTheTextFormat) {
  const std::regex head(
      "# (HELP portcullis_[a-z_]+ [^\\\\]+|TYPE portcullis_[a-z_]+ "
      "(counter|gauge|histogram))");
  const std::regex sample(
      "portcullis_[a-z0-9_]+(\\{[a-z_]+=\"([^\"\\\\]|\\\\[\"\\\\n])*\""
      "(,[a-z_]+=\"([^\"\\\\]|\\\\[\"\\\\n])*\")*\\})? [0-9]+(\\.[0-9]+)?");
  for (const std::string& line : Lines(StatusMetrics(Sample()))) {
    EXPECT_TRUE(std::regex_match(line, head) || std::regex_match(line, sample)) << line;
  }
}

TEST(StatusMetrics, EachSampleStandsBelowTheHeadOfItsFamily) {
  std::string family;
  std::set<std::string> samples;
  for (const std::string& line : Lines(StatusMetrics(Sample()))) {
    if (line.starts_with("# HELP ")) family = line.substr(7, line.find(' ', 7) - 7);
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(line.starts_with(family)) << line;
    EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
  }
}

TEST(StatusMetrics, CountersAloneEndInTotal) {
  for (const auto& [family, type] : Families(StatusMetrics(Sample()))) {
    EXPECT_EQ(family.ends_with("_total"), type == "counter") << family;
  }
}

TEST(StatusMetrics, EscapesLabels) {
  const std::string text = StatusMetrics(Sample());
  EXPECT_THAT(text, HasSubstr("portcullis_policy_file_info{file=\"/etc/\\\"quoted\\\\"));
  EXPECT_THAT(text, HasSubstr("\\\\xFF.xml\"} 1\n"));
}

TEST(StatusMetrics, HistogramCountsUp) {
  const std::string text = StatusMetrics(Sample());
  EXPECT_THAT(text, HasSubstr("portcullis_answer_seconds_bucket{le=\"0.00001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_answer_seconds_bucket{le=\"0.00002\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_answer_seconds_bucket{le=\"60\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_answer_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_answer_seconds_sum 0.0000015\n"));
  EXPECT_THAT(text, HasSubstr("portcullis_answer_seconds_count 3\n"));
}

TEST(StatusMetrics, WritesTimesInSeconds) {
  EXPECT_THAT(StatusMetrics(Sample()),
              HasSubstr("portcullis_start_timestamp_seconds 1700000000.25\n"));
}

// The page has a row for each family, with its type and its labels; and no other.
TEST(StatusMetrics, ArePreciselyThoseOfThePage) {
  std::ifstream page("docs/metrics.md");
  std::map<std::string, std::string> documented;
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `portcullis_")) continue;
    std::istringstream cells(line);
    std::string empty, name, type;
    std::getline(cells, empty, '|');
    std::getline(cells, name, '|');
    std::getline(cells, type, '|');
    name = name.substr(2, name.rfind('`') - 2);
    documented[name] = type.substr(1, type.size() - 2);
    rows[name] = line;
  }
  EXPECT_EQ(documented, Families(StatusMetrics(Sample())));
  for (const MetricInfo& info : MetricTable()) {
    const std::regex label("([a-z_]+)=\"([^\"]+)\"");
    for (std::sregex_iterator at(info.labels.begin(), info.labels.end(), label), end; at != end;
         ++at) {
      EXPECT_THAT(rows[info.family], HasSubstr(fmt::format("`{}`", (*at)[1].str())));
      EXPECT_THAT(rows[info.family], HasSubstr(fmt::format("`{}`", (*at)[2].str())));
    }
  }
}

TEST(MetricTable, HasARowForEachMetric) {
  std::set<std::string> names, members;
  for (size_t i = 0; i < kMetrics; ++i) {
    const MetricInfo& info = MetricTable()[i];
    EXPECT_FALSE(info.family.empty()) << i;
    EXPECT_TRUE(names.insert(info.Sample()).second) << info.Sample();
    EXPECT_TRUE(members.insert(info.JsonName()).second) << info.JsonName();
    EXPECT_EQ(FindMetric(info.Sample()), static_cast<Metric>(i));
  }
  EXPECT_EQ(FindMetric("portcullis_verdicts_total"), std::nullopt);
}

TEST(StatusJson, NamesWhatItCounts) {
  const std::string json = StatusJson(Sample());
  EXPECT_THAT(json, HasSubstr("\"verdicts_total_denied_decision\":3"));
  EXPECT_THAT(json, HasSubstr("\"start_timestamp_ns\":1700000000250000000"));
  EXPECT_THAT(json, HasSubstr("\"collection\":\"Exe\",\"mode\":\"Enabled\",\"rules\":12"));
  EXPECT_THAT(json, HasSubstr("\"refused\":null"));
  EXPECT_THAT(json, HasSubstr("\"answers\":{\"count\":3,\"sum_ns\":1500,\"p50_ns\":"));
  EXPECT_EQ(json.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace portcullis::api
