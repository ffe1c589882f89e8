// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "eventlog/rendering.h"
#include "eventlog/sample_events.h"

namespace portcullis::eventlog {
namespace {

Event SrpEvent() {
  Event event = SampleDenial();
  event.decision->process.program = "/usr/bin/bash";
  event.decision->process.pid = 396;
  event.decision->file.path = "/home/ann/x";
  event.decision->rule = EventRule{"191cd7fa-f240-4a17-8986-94d480a6c8ca", "/home", "", "", true};
  event.decision->srp = EventSrp{srp::Level::kDisallowed, srp::RuleKind::kPath};
  return event;
}

TEST(RenderSrpLog, IsALineOfWindowsForm) {
  Event event = SrpEvent();
  EXPECT_EQ(RenderSrpLog(event),
            "bash (PID = 396) identified /home/ann/x as Disallowed using path rule, "
            "Guid = {191cd7fa-f240-4a17-8986-94d480a6c8ca}");
  event.decision->srp = EventSrp{srp::Level::kBasicUser, srp::RuleKind::kUrlZone};
  EXPECT_EQ(RenderSrpLog(event),
            "bash (PID = 396) identified /home/ann/x as Basic User using internet zone rule, "
            "Guid = {191cd7fa-f240-4a17-8986-94d480a6c8ca}");
}

TEST(RenderSrpLog, NamesTheDefaultLevelAsWindowsDoes) {
  Event event = SrpEvent();
  event.decision->rule.reset();
  event.decision->srp = EventSrp{srp::Level::kUnrestricted, std::nullopt};
  EXPECT_EQ(RenderSrpLog(event),
            "bash (PID = 396) identified /home/ann/x as Unrestricted using default rule, "
            "Guid = {11015445-d282-4f86-96a2-9e485f593302}");
}

TEST(RenderSrpLog, HasNoLineForWhatOthersDecided) {
  EXPECT_EQ(RenderSrpLog(SampleDenial()), "");
  EXPECT_EQ(RenderSrpLog(Event{}), "");
}

TEST(RenderSrpLog, CanNotBeForged) {
  Event event = SrpEvent();
  event.decision->file.path = "/tmp/a\nroot (PID = 1) identified b";
  event.decision->process.program = "/tmp/\x1B[2Jx";
  const std::string line = RenderSrpLog(event);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace portcullis::eventlog
