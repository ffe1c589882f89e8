// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "eventlog/sample_events.h"

namespace portcullis::eventlog {
namespace {

TEST(RenderRfc5424, IsAHeaderBeforeTheEcsJson) {
  const Event event = SampleDenial();
  EXPECT_EQ(RenderRfc5424(event, SampleOrigin()),
            "<84>1 2025-11-22T06:12:01.482113Z c1.corp.test portcullis 612 8004 - " +
                RenderEcs(event, SampleOrigin()));
}

TEST(RenderRfc5424, HasADashForWhatIsNotKnown) {
  const Event event = SampleNotice(EventId::kPolicyFailed, "refused");
  EXPECT_EQ(RenderRfc5424(event, {}),
            "<83>1 2025-11-22T06:12:01.482113Z - portcullis - 8000 - " + RenderEcs(event, {}));
}

TEST(RenderRfc5424, KeepsAHostsNameOneField) {
  Origin origin = SampleOrigin();
  origin.host_name = "a b\n<1>\xC3\xA9";
  const std::string line = RenderRfc5424(SampleDenial(), origin);
  EXPECT_EQ(line.substr(0, 55), "<84>1 2025-11-22T06:12:01.482113Z a?b?<1>?? portcullis ");
  EXPECT_EQ(line.find('\n'), std::string::npos);
  origin.host_name = std::string(300, 'h');
  EXPECT_NE(RenderRfc5424(SampleDenial(), origin).find(" " + std::string(255, 'h') + " "),
            std::string::npos);
}

}  // namespace
}  // namespace portcullis::eventlog
