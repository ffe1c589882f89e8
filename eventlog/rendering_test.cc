// SPDX-License-Identifier: Apache-2.0
// What holds for every rendering of any event.
#include "eventlog/rendering.h"

#include <gtest/gtest.h>

#include "base/utf.h"
#include "eventlog/sample_events.h"
#include "tests/support/flat_json.h"
#include "tests/support/flat_xml.h"
#include "tests/support/random_event.h"

namespace portcullis::eventlog {
namespace {

constexpr Rendering kLines[] = {Rendering::kEcs,     Rendering::kXml,   Rendering::kOcsf,
                                Rendering::kRfc5424, Rendering::kFacts, Rendering::kSrpLog};

// One line for every reader, and nothing in it that a terminal would obey.
bool IsOneLine(std::string_view text) {
  while (!text.empty()) {
    const auto first = FirstCodePoint(text);
    if (!first) return false;
    const char32_t c = first->value;
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029) return false;
    text.remove_prefix(first->length);
  }
  return true;
}

bool IsRead(Rendering rendering, const std::string& text) {
  switch (rendering) {
    case Rendering::kXml:
      return testing::ReadFlatXml(text).has_value();
    case Rendering::kRfc5424:
      return testing::ReadFlatJson(text.substr(text.find(" - {") + 3)).has_value();
    case Rendering::kSrpLog:
      return text.empty() || text.find(" identified ") != std::string::npos;
    default:
      return text.empty() || testing::ReadFlatJson(text).has_value();
  }
}

TEST(Rendering, HasANameThatIsReadBack) {
  for (const Rendering rendering : kLines) {
    EXPECT_EQ(ParseRendering(ToString(rendering)), rendering);
  }
  EXPECT_EQ(ParseRendering("journald"), Rendering::kJournald);
  EXPECT_EQ(ParseRendering("ECS"), std::nullopt);
}

TEST(Rendering, IsThatOfItsName) {
  const Event event = SampleDenial();
  const Origin origin = SampleOrigin();
  EXPECT_EQ(Render(Rendering::kEcs, event, origin), RenderEcs(event, origin));
  EXPECT_EQ(Render(Rendering::kXml, event, origin), RenderXml(event, origin));
  EXPECT_EQ(Render(Rendering::kOcsf, event, origin), RenderOcsf(event, origin));
  EXPECT_EQ(Render(Rendering::kJournald, event, origin), RenderJournald(event, origin));
  EXPECT_EQ(Render(Rendering::kRfc5424, event, origin), RenderRfc5424(event, origin));
  EXPECT_EQ(Render(Rendering::kFacts, event, origin), RenderFacts(event));
  EXPECT_EQ(Render(Rendering::kSrpLog, event, origin), RenderSrpLog(event));
}

TEST(Rendering, IsOneLineThatAnotherParserReadsWhateverNamesHold) {
  testing::Choices choices(20261125);
  for (int i = 0; i < 300; ++i) {
    const Event event = testing::RandomEvent(choices);
    const Origin origin = {.host_name = event.text.substr(0, 60),
                           .machine_id = event.request_id,
                           .stream = event.request_id};
    for (const Rendering rendering : kLines) {
      const std::string text = Render(rendering, event, origin);
      ASSERT_TRUE(IsOneLine(text)) << ToString(rendering) << " of event " << i;
      ASSERT_TRUE(IsRead(rendering, text)) << ToString(rendering) << " of event " << i;
    }
  }
}

}  // namespace
}  // namespace portcullis::eventlog
