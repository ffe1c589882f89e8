// SPDX-License-Identifier: Apache-2.0
#include "enforcement/decision_record.h"

namespace portcullis::enforcement {
namespace {

TEST(DecisionRecord, IsOneLineOfJson) {
  DecisionRecord record;
  record.time_ns = 1'764'043'629'007'999'999;
  record.generation = 3;
  record.verdict = Verdict::kDenied;
  record.collection = applocker::CollectionType::kExe;
  record.enforcement = applocker::EnforcementMode::kEnabled;
  record.reason = Reason::kRule;
  record.blocked = true;
  record.rule = eventlog::EventRule{"a1", "no \"tools\"\n", "", "corp.xml", true};
  record.file.path = "/home/alice/\xFFtool";
  record.file.path_verified = true;
  record.file.sha256 = "00ff";
  record.process.pid = 42;
  record.process.parent_pid = 1;
  record.process.program = "/usr/bin/bash";
  record.process.uid = 1000;
  record.process.user = "alice";
  record.process.user_sid = well_known_sids::UnixUser(1000);
  EXPECT_EQ(ToJson(record),
            "{\"time\":\"2025-11-25T04:07:09.007Z\",\"path\":\"/home/alice/\uFFFDtool\","
            "\"path_b64\":\"L2hvbWUvYWxpY2Uv/3Rvb2w=\",\"path_verified\":true,\"sha256\":\"00ff\","
            "\"user\":\"alice\",\"user_sid\":\"S-1-22-1-1000\",\"operation\":\"execute\","
            "\"collection\":\"Exe\",\"verdict\":\"Denied\",\"enforcement\":\"Enabled\","
            "\"would_block\":true,\"reason\":\"rule\",\"rule\":{\"id\":\"a1\","
            "\"name\":\"no \\\"tools\\\"\\n\",\"action\":\"Deny\",\"policy\":\"corp.xml\"},"
            "\"blocked\":true,\"answered_by\":\"decision\",\"generation\":3,\"pid\":42,\"ppid\":1,"
            "\"program\":\"/usr/bin/bash\",\"uid\":1000,\"login_uid\":null,\"is_service\":false}");
}

TEST(DecisionRecord, SaysNullForAnAskerThatWasGone) {
  DecisionRecord record;
  record.answered_by = AnsweredBy::kObserved;
  record.file.path = "/tmp/x";
  EXPECT_EQ(
      ToJson(record),
      "{\"time\":\"1970-01-01T00:00:00.000Z\",\"path\":\"/tmp/x\",\"path_verified\":false,"
      "\"sha256\":null,\"user\":null,\"user_sid\":null,\"operation\":\"execute\","
      "\"collection\":null,\"verdict\":\"AllowedByDefault\",\"enforcement\":\"NotConfigured\","
      "\"would_block\":false,\"reason\":\"not-judged\",\"rule\":null,\"blocked\":false,"
      "\"answered_by\":\"observed\",\"generation\":0,\"pid\":0,\"ppid\":0,\"program\":null,"
      "\"uid\":null,\"login_uid\":null,\"is_service\":false}");
}

TEST(DecisionRecord, NamesAUserWithoutAnAccountByItsSid) {
  DecisionRecord record;
  record.process.user_sid = well_known_sids::UnixUser(7);
  EXPECT_THAT(ToJson(record), ::testing::HasSubstr("\"user\":\"S-1-22-1-7\""));
}

TEST(DecisionRecord, AuditedDenialsWouldNotBlock) {
  DecisionRecord record;
  record.verdict = Verdict::kDeniedByDefault;
  EXPECT_TRUE(record.would_block());  // NotConfigured with rules is enforced
  record.enforcement = applocker::EnforcementMode::kAuditOnly;
  EXPECT_FALSE(record.would_block());
  record.verdict = Verdict::kAllowed;
  record.enforcement = applocker::EnforcementMode::kEnabled;
  EXPECT_FALSE(record.would_block());
}

}  // namespace
}  // namespace portcullis::enforcement
