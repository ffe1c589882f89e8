// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "eventlog/sample_events.h"
#include "tests/support/flat_json.h"

namespace portcullis::eventlog {
namespace {

testing::FlatJson Read(const Event& event) {
  const std::string line = RenderOcsf(event, SampleOrigin());
  const auto json = testing::ReadFlatJson(line);
  if (json) return *json;
  ADD_FAILURE() << "not JSON: " << line;
  return {};
}

void ExpectMembers(testing::FlatJson json, const testing::FlatJson& expected) {
  for (const auto& [place, value] : expected) EXPECT_EQ(json[place], value) << place;
}

TEST(RenderOcsf, WritesADeniedLaunch) {
  ExpectMembers(Read(SampleDenial()),
                {{"/class_uid", "1007"},
                 {"/category_uid", "1"},
                 {"/activity_id", "1"},
                 {"/type_uid", "100701"},
                 {"/severity_id", "3"},
                 {"/status_id", "2"},
                 {"/time", "1763791921482"},
                 {"/end_time", "1763791981482"},
                 {"/count", "3"},
                 {"/launch_type_id", "3"},
                 {"/action_id", "2"},
                 {"/disposition_id", "2"},
                 {"/is_alert", "true"},
                 {"/policy/name", "corp.xml"},
                 {"/policy/version", "12"},
                 {"/process/pid", "4123"},
                 {"/process/cmd_line", "./tool -x two words"},
                 {"/process/file/name", "tool"},
                 {"/process/file/path", "/home/alice/tool"},
                 {"/process/file/type_id", "1"},
                 {"/process/file/hashes/0/algorithm_id", "3"},
                 {"/process/file/hashes/0/value", std::string(64, 'a')},
                 {"/process/file/signature/algorithm_id", "4"},
                 {"/actor/process/pid", "1222"},
                 {"/actor/user/uid", "S-1-22-1-20001"},
                 {"/metadata/uid", "7b1e-48213"},
                 {"/metadata/event_code", "8004"},
                 {"/metadata/correlation_uid", "K7QM-2F4X"},
                 {"/unmapped/rule/id", "921cc481-6e17-4653-8f75-050b80acca20"},
                 {"/unmapped/rule/action", "Deny"},
                 {"/unmapped/login_uid", "20002"},
                 {"/unmapped/decision", "deny"}});
}

TEST(RenderOcsf, HasItsClassesRequiredAttributes) {
  Event load = SampleDenial();
  load.decision->operation = Operation::kLoad;
  Event script = SampleDenial();
  script.decision->operation = Operation::kScript;
  struct Case {
    Event event;
    std::vector<std::string> required;
  };
  const std::vector<std::string> system = {"/device/type_id", "/actor/process/pid",
                                           "/actor/user/uid", "/action_id"};
  const Case cases[] = {
      {SampleDenial(), {"/process/pid", "/process/file/name", "/process/file/type_id"}},
      {load, {"/module/load_type_id", "/module/file/name", "/module/file/type_id"}},
      {script, {"/script/type_id", "/script/script_content/value", "/script/file/type_id"}},
      {SampleNotice(EventId::kStarted, "up"), {"/app/name", "/app/vendor_name"}},
  };
  for (const Case& one : cases) {
    auto json = Read(one.event);
    for (const char* place :
         {"/activity_id", "/category_uid", "/class_uid", "/type_uid", "/severity_id", "/time",
          "/metadata/version", "/metadata/product/name", "/metadata/product/vendor_name",
          "/metadata/profiles/0", "/device/type_id"}) {
      EXPECT_EQ(json.count(place), 1U) << json["/class_uid"] << " " << place;
    }
    for (const std::string& place : one.required) {
      EXPECT_EQ(json.count(place), 1U) << json["/class_uid"] << " " << place;
    }
    if (!one.event.decision) continue;
    for (const std::string& place : system) EXPECT_EQ(json.count(place), 1U) << place;
  }
}

TEST(RenderOcsf, ChoosesTheClassByTheOperation) {
  Event event = SampleDenial();
  event.decision->operation = Operation::kLoad;
  ExpectMembers(Read(event), {{"/type_uid", "100501"},
                              {"/module/file/path", "/home/alice/tool"},
                              {"/actor/process/pid", "4123"},
                              {"/actor/process/file/path", "/usr/bin/bash"}});
  event.decision->operation = Operation::kScript;
  ExpectMembers(Read(event), {{"/type_uid", "100901"}, {"/script/file/path", "/home/alice/tool"}});
  ExpectMembers(Read(SampleNotice(EventId::kStarted, "up")),
                {{"/type_uid", "600203"}, {"/message", "up"}});
  ExpectMembers(Read(SampleNotice(EventId::kRecordsLost, "3")),
                {{"/type_uid", "600299"}, {"/activity_name", "records-lost"}});
}

TEST(RenderOcsf, ObservesWhatWasOnlyAudited) {
  Event event = SampleDenial();
  event.id = EventId::kProgramAudited;
  ExpectMembers(Read(event), {{"/action_id", "3"},
                              {"/disposition_id", "17"},
                              {"/status_id", "1"},
                              {"/is_alert", "false"},
                              {"/severity_id", "2"}});
  event.id = EventId::kProgramAllowed;
  ExpectMembers(Read(event),
                {{"/action_id", "1"}, {"/disposition_id", "1"}, {"/severity_id", "1"}});
}

}  // namespace
}  // namespace portcullis::eventlog
