// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "eventlog/sample_events.h"

namespace portcullis::eventlog {
namespace {

using Fields = std::multimap<std::string, std::string>;

// The native protocol as its reader has it; nothing for what it would drop.
std::optional<Fields> ReadNative(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) {
      fields.emplace(line.substr(0, equals), line.substr(equals + 1));
      continue;
    }
    if (text.size() < 8) return std::nullopt;
    uint64_t size = 0;
    for (size_t i = 8; i-- > 0;) size = size << 8 | static_cast<uint8_t>(text[i]);
    text.remove_prefix(8);
    if (size + 1 > text.size() || text[size] != '\n') return std::nullopt;
    fields.emplace(line, text.substr(0, size));
    text.remove_prefix(size + 1);
  }
  return fields;
}

std::string FieldOf(const Event& event, const std::string& name) {
  const auto fields = ReadNative(RenderJournald(event, SampleOrigin()));
  if (!fields) return "not the native protocol";
  return fields->count(name) == 1 ? fields->find(name)->second : "absent";
}

TEST(RenderJournald, WritesTheFieldsOfADenial) {
  const std::map<std::string, std::string> expected = {
      {"MESSAGE", "%OSDRIVE%/home/alice/tool was prevented from running."},
      {"MESSAGE_ID", "6d8f0c2a94b14e7f8a3b5c1e90d28004"},
      {"PRIORITY", "4"},
      {"SYSLOG_IDENTIFIER", "portcullis"},
      {"OBJECT_PID", "4123"},
      {"APPCONTROL_EVENT_ID", "8004"},
      {"APPCONTROL_EVENT", "denied"},
      {"APPCONTROL_CHANNEL", "Microsoft-Windows-AppLocker/EXE and DLL"},
      {"APPCONTROL_TIME", "2025-11-22T06:12:01.482113Z"},
      {"APPCONTROL_LAST_TIME", "2025-11-22T06:13:01.482113Z"},
      {"APPCONTROL_COUNT", "3"},
      {"APPCONTROL_SEQUENCE", "48213"},
      {"APPCONTROL_STREAM", "7b1e"},
      {"APPCONTROL_REQUEST_ID", "K7QM-2F4X"},
      {"APPCONTROL_GENERATION", "12"},
      {"APPCONTROL_DECISION", "deny"},
      {"APPCONTROL_VERDICT", "Denied"},
      {"APPCONTROL_REASON", "rule"},
      {"APPCONTROL_MODE", "enforce"},
      {"APPCONTROL_OPERATION", "execute"},
      {"APPCONTROL_COLLECTION", "Exe"},
      {"APPCONTROL_BLOCKED", "true"},
      {"APPCONTROL_ANSWERED_BY", "decision"},
      {"APPCONTROL_RULE_ID", "921cc481-6e17-4653-8f75-050b80acca20"},
      {"APPCONTROL_RULE_NAME", "Deny home directories"},
      {"APPCONTROL_RULE_ACTION", "Deny"},
      {"APPCONTROL_RULE_SDDL",
       R"(D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains "%OSDRIVE%\HOME\*")))"},
      {"APPCONTROL_POLICY", "corp.xml"},
      {"APPCONTROL_PATH", "/home/alice/tool"},
      {"APPCONTROL_PATH_VERIFIED", "true"},
      {"APPCONTROL_MACRO_PATH", "%OSDRIVE%/home/alice/tool"},
      {"APPCONTROL_SHA256", std::string(64, 'a')},
      {"APPCONTROL_RULE_SHA256", std::string(64, 'b')},
      {"APPCONTROL_FQBN", "O=ACME, L=BERLIN, C=DE\\TOOL\\TOOL.EXE\\2.1.3.00"},
      {"APPCONTROL_FILE_UID", "20001"},
      {"APPCONTROL_PID", "4123"},
      {"APPCONTROL_PPID", "1222"},
      {"APPCONTROL_PROGRAM", "/usr/bin/bash"},
      {"APPCONTROL_COMMAND_LINE", "./tool -x two words"},
      {"APPCONTROL_USER", "CORP\\alice"},
      {"APPCONTROL_USER_SID", "S-1-22-1-20001"},
      {"APPCONTROL_UID", "20001"},
      {"APPCONTROL_LOGIN_UID", "20002"},
      {"APPCONTROL_SESSION_ID", "77"},
      {"APPCONTROL_IS_SERVICE", "false"},
  };
  const auto fields = ReadNative(RenderJournald(SampleDenial(), SampleOrigin()));
  ASSERT_TRUE(fields);
  EXPECT_EQ((std::map<std::string, std::string>(fields->begin(), fields->end())), expected);
  EXPECT_EQ(fields->size(), expected.size());
}

TEST(RenderJournald, LetsNoNameForgeAField) {
  Event event = SampleDenial();
  event.decision->file.path = "/tmp/a\nPRIORITY=7\nAPPCONTROL_DECISION=allow\xFF";
  event.decision->file.macro_path.clear();
  EXPECT_EQ(FieldOf(event, "PRIORITY"), "4");
  EXPECT_EQ(FieldOf(event, "APPCONTROL_DECISION"), "deny");
  const std::string visible = "/tmp/a\\x0APRIORITY=7\\x0AAPPCONTROL_DECISION=allow\\xFF";
  EXPECT_EQ(FieldOf(event, "APPCONTROL_PATH"), visible);
  EXPECT_EQ(FieldOf(event, "MESSAGE"), visible + " was prevented from running.");
  EXPECT_EQ(FieldOf(event, "APPCONTROL_PATH_B64"),
            "L3RtcC9hClBSSU9SSVRZPTcKQVBQQ09OVFJPTF9ERUNJU0lPTj1hbGxvd/8=");
}

TEST(RenderJournald, WritesASentenceOfSeveralLinesByItsLength) {
  const std::string text = "corp.xml: refused\nline 3: no\x01";
  const Event event = SampleNotice(EventId::kPolicyFailed, text);
  EXPECT_EQ(FieldOf(event, "MESSAGE"), "corp.xml: refused\nline 3: no\\x01");
  EXPECT_EQ(FieldOf(event, "PRIORITY"), "3");
  EXPECT_EQ(FieldOf(event, "APPCONTROL_DECISION"), "absent");
}

TEST(RenderJournald, HasAnIdentifierForEachNumberAndAPriorityForEachEffect) {
  std::set<std::string> seen;
  for (const int number : {1, 2, 10, 865, 866, 8000, 8001, 8002, 8003, 8004, 8027}) {
    const Event event = SampleNotice(static_cast<EventId>(number), "x");
    const std::string id = FieldOf(event, "MESSAGE_ID");
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
  EXPECT_EQ(FieldOf(SampleWithoutRule(EventId::kProgramAllowed), "PRIORITY"), "6");
  EXPECT_EQ(FieldOf(SampleWithoutRule(EventId::kProgramAudited), "PRIORITY"), "5");
  EXPECT_EQ(FieldOf(SampleNotice(EventId::kRecordsLost, "3"), "PRIORITY"), "4");
}

}  // namespace
}  // namespace portcullis::eventlog
