// SPDX-License-Identifier: Apache-2.0
// Events for the tests of the renderings.
#pragma once

#include "eventlog/rendering.h"

namespace portcullis::eventlog {

inline constexpr int64_t kSampleTime = 1'763'791'921'482'113'999;  // 2025-11-22T06:12:01.482113999Z

inline Origin SampleOrigin() {
  return {.host_name = "c1.corp.test", .machine_id = "4f0c", .stream = "7b1e", .service_pid = 612};
}

inline EventFile SampleFile() {
  EventFile file;
  file.path = "/home/alice/tool";
  file.path_verified = true;
  file.macro_path = "%OSDRIVE%/home/alice/tool";
  file.size = 182736;
  file.inode = 1839221;
  file.device = 0xFD00;
  file.owner_uid = 20001;
  file.owner_gid = 20100;
  file.mode = 0100755;
  file.mtime_ns = kSampleTime;
  file.sha256 = std::string(64, 'a');
  file.rule_sha256 = std::string(64, 'b');
  file.publisher = {"O=ACME, L=BERLIN, C=DE", "TOOL", "TOOL.EXE", FileVersion::Of(2, 1, 3, 0)};
  return file;
}

inline EventProcess SampleProcess() {
  EventProcess process;
  process.pid = 4123;
  process.thread_id = 4124;
  process.parent_pid = 1222;
  process.program = "/usr/bin/bash";
  process.command_line = {"./tool", "-x", "two words"};
  process.uid = 20001;
  process.gid = 20100;
  process.login_uid = 20002;
  process.session_id = 0x4D;
  process.terminal = 34817;  // 136:1, a pseudo-terminal
  process.user = "CORP\\alice";
  process.user_sid = Sid{22, {1, 20001}};
  return process;
}

// A program that a rule denied.
inline Event SampleDenial() {
  Event event;
  event.id = EventId::kProgramDenied;
  event.sequence = 48213;
  event.time_ns = kSampleTime;
  event.last_time_ns = kSampleTime + 60'000'000'000;
  event.count = 3;
  event.request_id = "K7QM-2F4X";
  event.generation = 12;
  event.decision.emplace();
  event.decision->verdict = Verdict::kDenied;
  event.decision->collection = applocker::CollectionType::kExe;
  event.decision->enforcement = applocker::EnforcementMode::kEnabled;
  event.decision->reason = Reason::kRule;
  event.decision->blocked = true;
  event.decision->rule = {"921cc481-6e17-4653-8f75-050b80acca20", "Deny home directories",
                          R"(D:(XD;;FX;;;S-1-1-0;(APPID://PATH Contains "%OSDRIVE%\HOME\*")))",
                          "corp.xml", true};
  event.decision->file = SampleFile();
  event.decision->process = SampleProcess();
  return event;
}

// The same with another number; no rule decided.
inline Event SampleWithoutRule(EventId id) {
  Event event = SampleDenial();
  event.id = id;
  event.decision->rule.reset();
  event.decision->reason = Reason::kDefault;
  return event;
}

inline Event SampleNotice(EventId id, std::string text) {
  Event event;
  event.id = id;
  event.sequence = 48214;
  event.time_ns = kSampleTime;
  event.last_time_ns = kSampleTime;
  event.generation = 12;
  event.text = std::move(text);
  return event;
}

}  // namespace portcullis::eventlog
