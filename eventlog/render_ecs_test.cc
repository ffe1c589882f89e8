// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "eventlog/sample_events.h"
#include "tests/support/flat_json.h"

namespace portcullis::eventlog {
namespace {

testing::FlatJson Read(const Event& event) {
  const std::string line = RenderEcs(event, SampleOrigin());
  const auto json = testing::ReadFlatJson(line);
  if (json) return *json;
  ADD_FAILURE() << "not JSON: " << line;
  return {};
}

// Of SampleDenial, its path with a byte that is not UTF-8 behind.
const testing::FlatJson kDenial = {
    {"/@timestamp", "2025-11-22T06:12:01.482113Z"},
    {"/ecs/version", "8.17.0"},
    {"/message", "%OSDRIVE%/home/alice/tool was prevented from running."},
    {"/event/id", "7b1e-48213"},
    {"/event/sequence", "48213"},
    {"/event/kind", "event"},
    {"/event/code", "8004"},
    {"/event/provider", "portcullis"},
    {"/event/category/0", "process"},
    {"/event/type/0", "start"},
    {"/event/type/1", "denied"},
    {"/event/action", "exec"},
    {"/event/outcome", "failure"},
    {"/event/dataset", "appcontrol.decision"},
    {"/log/level", "error"},
    {"/host/id", "4f0c"},
    {"/host/name", "c1.corp.test"},
    {"/user/id", "S-1-22-1-20001"},
    {"/user/name", "alice"},
    {"/user/domain", "CORP"},
    {"/process/pid", "4123"},
    {"/process/thread/id", "4124"},
    {"/process/executable", "/home/alice/tool\\xFF"},
    {"/process/previous/0/executable", "/usr/bin/bash"},
    {"/process/args/0", "./tool"},
    {"/process/args/1", "-x"},
    {"/process/args/2", "two words"},
    {"/process/args_count", "3"},
    {"/process/user/id", "20001"},
    {"/process/group/id", "20100"},
    {"/process/tty/char_device/major", "136"},
    {"/process/tty/char_device/minor", "1"},
    {"/process/parent/pid", "1222"},
    {"/file/path", "/home/alice/tool\\xFF"},
    {"/file/name", "tool\\xFF"},
    {"/file/type", "file"},
    {"/file/size", "182736"},
    {"/file/inode", "1839221"},
    {"/file/device", "fd:00"},
    {"/file/uid", "20001"},
    {"/file/gid", "20100"},
    {"/file/mode", "0755"},
    {"/file/mtime", "2025-11-22T06:12:01.482113Z"},
    {"/file/hash/sha256", std::string(64, 'a')},
    {"/file/code_signature/exists", "true"},
    {"/file/code_signature/valid", "true"},
    {"/file/code_signature/trusted", "true"},
    {"/file/code_signature/subject_name", "O=ACME, L=BERLIN, C=DE"},
    {"/rule/id", "921cc481-6e17-4653-8f75-050b80acca20"},
    {"/rule/name", "Deny home directories"},
    {"/rule/ruleset", "Exe"},
    {"/rule/category", "Deny"},
    {"/appcontrol/schema", "1"},
    {"/appcontrol/stream", "7b1e"},
    {"/appcontrol/channel", "Microsoft-Windows-AppLocker/EXE and DLL"},
    {"/appcontrol/request_id", "K7QM-2F4X"},
    {"/appcontrol/generation", "12"},
    {"/appcontrol/collection", "Exe"},
    {"/appcontrol/operation", "execute"},
    {"/appcontrol/mode", "enforce"},
    {"/appcontrol/verdict", "Denied"},
    {"/appcontrol/decision", "deny"},
    {"/appcontrol/reason", "rule"},
    {"/appcontrol/blocked", "true"},
    {"/appcontrol/answered_by", "decision"},
    {"/appcontrol/rule_sddl", R"(D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains "%OSDRIVE%\HOME\*")))"},
    {"/appcontrol/policy/name", "corp.xml"},
    {"/appcontrol/path_b64", "L2hvbWUvYWxpY2UvdG9vbP8="},
    {"/appcontrol/path_verified", "true"},
    {"/appcontrol/macro_path", "%OSDRIVE%/home/alice/tool"},
    {"/appcontrol/rule_sha256", std::string(64, 'b')},
    {"/appcontrol/fqbn", "O=ACME, L=BERLIN, C=DE\\TOOL\\TOOL.EXE\\2.1.3.00"},
    {"/appcontrol/unknown", "[]"},
    {"/appcontrol/program", "/usr/bin/bash"},
    {"/appcontrol/login_uid", "20002"},
    {"/appcontrol/session_id", "77"},
    {"/appcontrol/is_service", "false"},
    {"/appcontrol/count", "3"},
    {"/appcontrol/first", "2025-11-22T06:12:01.482113Z"},
    {"/appcontrol/last", "2025-11-22T06:13:01.482113Z"},
};

TEST(RenderEcs, WritesEveryMemberOfADenial) {
  Event event = SampleDenial();
  event.decision->file.path += "\xFF";
  EXPECT_EQ(Read(event), kDenial);
}

TEST(RenderEcs, SaysAllowedOfWhatWasOnlyAudited) {
  Event event = SampleWithoutRule(EventId::kScriptAudited);
  event.decision->operation = Operation::kScript;
  event.decision->enforcement = applocker::EnforcementMode::kAuditOnly;
  event.decision->file.publisher.reset();
  auto json = Read(event);
  EXPECT_EQ(json["/event/outcome"], "success");
  EXPECT_EQ(json["/event/type/1"], "allowed");
  EXPECT_EQ(json["/event/action"], "script");
  EXPECT_EQ(json["/log/level"], "warning");
  EXPECT_EQ(json["/appcontrol/decision"], "audit-deny");
  EXPECT_EQ(json["/appcontrol/mode"], "audit");
  EXPECT_EQ(json["/rule/id"], "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(json["/rule/name"], "-");
  EXPECT_EQ(json["/appcontrol/fqbn"], "-");
  EXPECT_EQ(json.count("/appcontrol/policy/name"), 0U);
  // The interpreter runs already.
  EXPECT_EQ(json["/process/executable"], "/usr/bin/bash");
  EXPECT_EQ(json.count("/process/previous/0/executable"), 0U);
}

TEST(RenderEcs, LeavesOutWhatIsNotKnown) {
  Event event;
  event.id = EventId::kProgramAllowed;
  event.decision.emplace();
  event.decision->file.unknown = {true, true};
  auto json = Read(event);
  for (const char* absent : {"/event/id", "/file/mode", "/file/mtime", "/file/uid", "/user/id",
                             "/process/tty/char_device/major", "/appcontrol/login_uid"}) {
    EXPECT_EQ(json.count(absent), 0U) << absent;
  }
  EXPECT_EQ(json["/appcontrol/collection"], "null");
  EXPECT_EQ(json["/appcontrol/unknown/1"], "publisher");
}

TEST(RenderEcs, FilesWhatBefellTheServiceByItsKind) {
  auto failed = Read(SampleNotice(EventId::kPolicyFailed, "corp.xml: refused"));
  EXPECT_EQ(failed["/message"], "corp.xml: refused");
  EXPECT_EQ(failed["/event/dataset"], "appcontrol.policy");
  EXPECT_EQ(failed["/event/outcome"], "failure");
  EXPECT_EQ(failed["/event/action"], "policy-failed");
  EXPECT_EQ(failed["/appcontrol/generation"], "12");
  EXPECT_EQ(failed.count("/file/path"), 0U);
  auto lost = Read(SampleNotice(EventId::kRecordsLost, "3 records"));
  EXPECT_EQ(lost["/event/dataset"], "appcontrol.health");
  EXPECT_EQ(lost["/event/category/0"], "host");
}

}  // namespace
}  // namespace portcullis::eventlog
