// SPDX-License-Identifier: Apache-2.0
#include "api/service_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/control_message.h"

namespace portcullis::api {
namespace {

using ::testing::HasSubstr;

ServiceStatus Full() {
  ServiceStatus status;
  status.version = "0.1.0";
  status.policy.files = {"/etc/portcullis/policy.xml", "/tmp/a b\n\\x0a\x7f"};
  status.policy.more_files = 2;
  status.policy.collections = {{"Exe", "Enabled", 12}, {"Dll", "AuditOnly", 0}};
  status.refused = "policy.xml: line 3";
  for (size_t i = 0; i < kMetrics; ++i) status.values[i] = i + 1;
  for (size_t i = 0; i < kLatencyBuckets; ++i) status.latency[i] = 2 * i;
  status.latency_sum_ns = ~uint64_t{0};
  return status;
}

TEST(ServiceStatus, IsReadAsItWasWritten) {
  const auto read = DecodeStatus(EncodeStatus(Full()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, Full());
  EXPECT_EQ(*DecodeStatus(EncodeStatus({})), ServiceStatus());
}

TEST(ServiceStatus, FitsIntoAnAnswerHoweverMuchThereIsToSay) {
  ServiceStatus status = Full();
  status.refused = std::string(100'000, '\n');
  status.version = std::string(100'000, '\n');
  status.policy.files.assign(10'000, "/etc/portcullis/policies/" + std::string(60, 'x'));
  const std::string encoded = EncodeStatus(status);
  EXPECT_LT(encoded.size(), kMaxAnswerBytes - 100);
  const auto read = DecodeStatus(encoded);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_GT(read->policy.files.size(), 100U);
  EXPECT_EQ(read->policy.files.size() + read->policy.more_files, 10'002U);
}

TEST(ServiceStatus, PassesOverWhatANewerServiceSays) {
  const auto read = DecodeStatus("version 9\nweather fine\nvalue portcullis_new_total 3\n");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->version, "9");
}

TEST(ServiceStatus, RefusesBrokenLines) {
  for (const char* body :
       {"version 9", "policy /a\\x0\n", "policy /a\\y00\n", "policy /a\\xzz\n", "collection Exe\n",
        "collection Exe Enabled x\n", "latency 1 2\n", "value portcullis_questions_total -1\n",
        "value portcullis_questions_total\n", "more-policies 1 2\n"}) {
    const auto refused = DecodeStatus(body);
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
    EXPECT_THAT(refused.error().message, HasSubstr("status"));
  }
  std::string many;
  for (size_t i = 0; i <= kMaxStatusLines; ++i) many += "x\n";
  EXPECT_EQ(DecodeStatus(many).error().code, ErrorCode::kLimitExceeded);
}

TEST(ServiceStatus, FindsQuantilesWithinTheirBucket) {
  ServiceStatus status;
  EXPECT_EQ(status.LatencyNs(0.5), 0U);
  status.latency[1] = 99;  // 10 to 20 microseconds
  status.latency[6] = 1;   // half a millisecond to one
  EXPECT_EQ(status.Answers(), 100U);
  EXPECT_NEAR(static_cast<double>(status.LatencyNs(0.5)), 15'000, 100);
  EXPECT_EQ(status.LatencyNs(0.99), 20'000U);
  EXPECT_EQ(status.LatencyNs(1), 1'000'000U);
  status.latency.back() = 1000;
  EXPECT_EQ(status.LatencyNs(0.5), kLatencyBoundsNs.back());
}

TEST(ServiceStatus, PutsLatenciesWhereTheyBelong) {
  EXPECT_EQ(LatencyBucket(0), 0U);
  EXPECT_EQ(LatencyBucket(10'000), 0U);
  EXPECT_EQ(LatencyBucket(10'001), 1U);
  EXPECT_EQ(LatencyBucket(~uint64_t{0}), kLatencyBuckets - 1);
}

TEST(ServiceStatus, CountsVerdictsOfAKind) {
  ServiceStatus status;
  status[VerdictMetric(1, 0)] = 3;
  status[VerdictMetric(1, 4)] = 4;
  EXPECT_EQ(status.Verdicts(0), 0U);
  EXPECT_EQ(status.Verdicts(1), 7U);
}

}  // namespace
}  // namespace portcullis::api
