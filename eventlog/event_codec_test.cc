// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "tests/support/random_event.h"

namespace portcullis::eventlog {
namespace {

using ::testing::HasSubstr;

Event Denied() {
  Event event;
  event.id = EventId::kProgramDenied;
  event.decision.emplace();
  event.decision->file.path = "/home/a/x";
  return event;
}

Event SentOn(const Event& event) {
  const auto decoded = DecodeEvent(AsBytes(EncodeEvent(event)));
  if (decoded) return *decoded;
  ADD_FAILURE() << decoded.error().message;
  return {};
}

void ExpectRefused(std::string_view bytes, ErrorCode code, std::string_view word) {
  const auto decoded = DecodeEvent(AsBytes(bytes));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, code);
  EXPECT_THAT(decoded.error().message, HasSubstr(word));
}

TEST(EventCodec, CarriesEveryFieldOfAnyEvent) {
  testing::Choices choices(20261125);
  for (int i = 0; i < 500; ++i) {
    const Event event = testing::RandomEvent(choices);
    ASSERT_EQ(SentOn(event), event) << "event " << i;
  }
}

TEST(EventCodec, RefusesEveryEventThatEndsEarly) {
  Event event = Denied();
  event.decision->rule = {"id", "name", "sddl", "policy", true};
  event.decision->file.publisher = {"O=A", "B", "C", {}};
  event.decision->process.command_line = {"x", "-y"};
  event.decision->process.user_sid = Sid{22, {1, 1000}};
  const std::string bytes = EncodeEvent(event);
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto decoded = DecodeEvent(AsBytes(bytes).first(size));
    ASSERT_FALSE(decoded) << size;
    EXPECT_EQ(decoded.error().code, ErrorCode::kTruncated) << size;
  }
}

TEST(EventCodec, RefusesBytesBehindTheEnd) {
  ExpectRefused(EncodeEvent(Denied()) + '\0', ErrorCode::kMalformed, "follow");
}

TEST(EventCodec, RefusesAnotherVersion) {
  std::string bytes = EncodeEvent(Denied());
  bytes[0] = 9;
  ExpectRefused(bytes, ErrorCode::kMalformed, "version 9");
}

TEST(EventCodec, RefusesANumberThatIsNoEvents) {
  Event event = Denied();
  event.id = static_cast<EventId>(4711);
  ExpectRefused(EncodeEvent(event), ErrorCode::kMalformed, "4711");
}

TEST(EventCodec, RefusesAMemberThatAnEnumerationDoesNotHave) {
  Event event = Denied();
  event.decision->verdict = static_cast<Verdict>(4);
  ExpectRefused(EncodeEvent(event), ErrorCode::kMalformed, "verdict is 4, at most 3");
}

TEST(EventCodec, RefusesATextOverItsLimit) {
  Event event;
  event.text.assign(kMaxEventText, 'x');
  std::string bytes = EncodeEvent(event);
  bytes[bytes.size() - kMaxEventText - 3] += 1;  // the flag of a level stands behind the text
  bytes += 'x';
  ExpectRefused(bytes, ErrorCode::kLimitExceeded, "the text has 2049 bytes");
}

TEST(EventCodec, RefusesAnEventOverItsLimit) {
  ExpectRefused(std::string(kMaxEventBytes + 1, '\0'), ErrorCode::kLimitExceeded, "65537");
}

TEST(EventCodec, RefusesASidThatIsSpelledOtherwise) {
  Event event = Denied();
  event.decision->process.user_sid = Sid{5, {18}};
  std::string bytes = EncodeEvent(event);
  bytes.replace(bytes.find("S-1-5-18"), 8, "S-1-05-8");
  ExpectRefused(bytes, ErrorCode::kMalformed, "SID");
}

TEST(EventCodec, CountsAtLeastOne) {
  Event event;
  event.count = 0;
  EXPECT_EQ(SentOn(event).count, 1U);
}

TEST(EventCodec, LeavesOutAHashThatIsNone) {
  Event event = Denied();
  event.decision->file.sha256 = "12ab";
  event.decision->file.rule_sha256 = std::string(64, 'x');
  EXPECT_EQ(SentOn(event).decision->file.sha256, std::nullopt);
  EXPECT_EQ(SentOn(event).decision->file.rule_sha256, std::nullopt);
}

// The largest event there is: every text and the command line are cut, and it still fits.
TEST(EventCodec, CutsWhatIsTooLongAndMarksTheCut) {
  const std::string longest(100'000, 'x');
  Event event = Denied();
  event.text = event.request_id = longest;
  event.decision->rule = {longest, longest, longest, longest, true};
  EventFile& file = event.decision->file;
  file.path = file.macro_path = longest;
  file.sha256 = file.rule_sha256 = std::string(64, 'a');
  file.publisher = {longest, longest, longest, {}};
  EventProcess& process = event.decision->process;
  process.program = process.user = longest;
  process.command_line.assign(1000, longest);

  EXPECT_LE(EncodeEvent(event).size(), kMaxEventBytes);
  const Event cut = SentOn(event);
  EXPECT_EQ(cut.decision->file.path, std::string(kMaxEventPath - 3, 'x') + "...");
  EXPECT_EQ(cut.text, std::string(kMaxEventText - 3, 'x') + "...");
  const auto& arguments = cut.decision->process.command_line;
  ASSERT_EQ(arguments.size(), kMaxEventArguments);
  EXPECT_EQ(arguments[0], std::string(kMaxEventArgument - 3, 'x') + "...");
  EXPECT_EQ(arguments.back(), "...");
  EXPECT_EQ(SentOn(cut), cut);
}

TEST(CutText, KeepsWhatFits) { EXPECT_EQ(CutText("abcdef", 6), "abcdef"); }

TEST(CutText, CutsNoCharacterInTwo) {
  EXPECT_EQ(CutText("ab\xC3\xA4zzz", 6), "ab...");
  EXPECT_EQ(CutText("a\xF0\x9F\x98\x80zzz", 7), "a...");
  EXPECT_EQ(CutText("abc\xC3\xA4zz", 6), "abc...");
}

TEST(CutText, CutsBytesThatAreNotUtf8) {
  EXPECT_EQ(CutText(std::string(20, '\x80'), 10), std::string(7, '\x80') + "...");
}

TEST(EventCodec, CarriesTheLevelOfSoftwareRestrictionPolicies) {
  for (const std::optional<srp::RuleKind> kind :
       {std::optional<srp::RuleKind>(), std::optional(srp::RuleKind::kUrlZone)}) {
    Event event = Denied();
    event.decision->srp = EventSrp{srp::Level::kBasicUser, kind};
    EXPECT_EQ(SentOn(event), event);
  }
}

TEST(EventCodec, RefusesALevelThereIsNot) {
  Event event = Denied();
  event.decision->srp = EventSrp{srp::Level::kDisallowed, std::nullopt};
  std::string bytes = EncodeEvent(event);
  bytes[bytes.size() - 5] = 7;  // the level, before the bool that says there is no kind
  ExpectRefused(bytes, ErrorCode::kMalformed, "7 is no security level");
}

}  // namespace
}  // namespace portcullis::eventlog
