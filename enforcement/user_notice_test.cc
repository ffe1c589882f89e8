// SPDX-License-Identifier: Apache-2.0
#include "enforcement/user_notice.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kSecond = 1'000'000'000;

eventlog::Event Blocked() {
  eventlog::Event event;
  event.id = eventlog::EventId::kProgramDenied;
  event.decision.emplace();
  event.decision->verdict = Verdict::kDenied;
  event.decision->blocked = true;
  event.decision->file.path = "/home/a/tool";
  event.decision->file.path_verified = true;
  event.decision->process.uid = geteuid();
  return event;
}

class Terminal {
 public:
  Terminal() {
    int ours = -1, theirs = -1;
    EXPECT_EQ(openpty(&ours, &theirs, nullptr, nullptr, nullptr), 0);
    ours_.Reset(ours);
    theirs_.Reset(theirs);
  }
  uint32_t device() const {
    struct stat status {};
    fstat(theirs_.get(), &status);
    return static_cast<uint32_t>(status.st_rdev);
  }
  int theirs() const { return theirs_.get(); }
  std::string Shown() const {
    pollfd waited{ours_.get(), POLLIN, 0};
    if (poll(&waited, 1, 200) <= 0) return "";
    char buffer[4096];
    const ssize_t size = read(ours_.get(), buffer, sizeof(buffer));
    return {buffer, size > 0 ? static_cast<size_t>(size) : 0};
  }

 private:
  UniqueFd ours_, theirs_;
};

NoticeSettings On() { return {true, false, "Ask the help desk.", "https://help/"}; }

TEST(UserNotices, SayWhatWasBlockedAndWhereToAsk) {
  const Terminal terminal;
  UserNotices notices(On());
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  notices.Tell(event, "7K3Q-9XA0-DM2V", 0);
  const std::string shown = terminal.Shown();
  EXPECT_THAT(shown, HasSubstr("portcullis: /home/a/tool was blocked by default"));
  EXPECT_THAT(shown, HasSubstr("Ask the help desk.\r"));
  EXPECT_THAT(shown, HasSubstr("https://help/\r"));
  EXPECT_THAT(shown, HasSubstr("Request 7K3Q-9XA0-DM2V"));
}

TEST(UserNotices, NameTheRuleOrTheReason) {
  eventlog::Event event = Blocked();
  event.decision->rule = eventlog::EventRule{"id", "No games", "", "corp.xml", true};
  EXPECT_THAT(UserNotices::Text(On(), event, "X"), HasSubstr("by the rule \"No games\"."));
  event.decision->rule.reset();
  event.decision->answered_by = eventlog::AnsweredBy::kBusyFile;
  EXPECT_THAT(UserNotices::Text(On(), event, "X"), HasSubstr("open for writing"));
}

// Who names files and rules does not get to speak to the terminal itself.
TEST(UserNotices, LetNothingThroughThatATerminalObeys) {
  eventlog::Event event = Blocked();
  event.decision->file.path =
      "/a\x1B]0;evil\a\n\xC2\x9B\x9B"
      "2J\x7F/\xC3\xA4\xE2\x80\x9C";
  const std::string text = UserNotices::Text(On(), event, "X");
  EXPECT_THAT(text, HasSubstr(R"(/a\x1B]0;evil\x07\x0A\u{009B}\x9B2J\x7F/)"
                              "\xC3\xA4\xE2\x80\x9C was"));
  for (const char c : text) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\r' || c == '\n');
  }
}

TEST(UserNotices, AreBoundedInLength) {
  eventlog::Event event = Blocked();
  event.decision->file.path = "/" + std::string(5000, 'x');
  EXPECT_LT(UserNotices::Text(On(), event, "X").size(), 400U);
}

// Of who logged in, whatever he became since; without a terminal too.
TEST(UserNotices, GoToTheDesktopOfWhoLoggedIn) {
  std::string told;
  uint32_t whose = 0;
  NoticeSettings settings = On();
  settings.to_terminal = false;
  settings.to_desktop = true;
  UserNotices notices(settings, [&](uint32_t uid, const std::string& text) {
    whose = uid;
    told = text;
  });
  eventlog::Event event = Blocked();
  event.decision->process.login_uid = 1234;
  notices.Tell(event, "7K3Q-9XA0-DM2V", 0);
  EXPECT_EQ(whose, 1234U);
  EXPECT_THAT(told, ::testing::StartsWith("portcullis: /home/a/tool was blocked by default"));
  EXPECT_THAT(told, HasSubstr("\nRequest 7K3Q-9XA0-DM2V\n"));
  for (int i = 0; i < 100; ++i) notices.Tell(event, "X", 0);
  told.clear();
  notices.Tell(event, "X", 0);
  EXPECT_EQ(told, "") << "not more often than a terminal";
}

TEST(UserNotices, AreOffUnlessTheyAreWanted) {
  const Terminal terminal;
  UserNotices notices(NoticeSettings{});
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  notices.Tell(event, "X", 0);
  EXPECT_EQ(terminal.Shown(), "");
}

TEST(UserNotices, AreForWhatWasBlockedAlone) {
  const Terminal terminal;
  UserNotices notices(On());
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  event.decision->blocked = false;
  notices.Tell(event, "X", 0);
  EXPECT_EQ(terminal.Shown(), "");
}

TEST(UserNotices, AreShownOnNobodyElsesTerminal) {
  const Terminal terminal;
  UserNotices notices(On());
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  event.decision->process.uid = geteuid() + 1;
  notices.Tell(event, "X", 0);
  EXPECT_EQ(terminal.Shown(), "");
  event.decision->process.login_uid =
      geteuid();  // sudo: the terminal is still that of who logged in
  notices.Tell(event, "X", 0);
  EXPECT_NE(terminal.Shown(), "");
  event.decision->process.terminal = 0x0401;  // a console
  notices.Tell(event, "X", 0);
  EXPECT_EQ(terminal.Shown(), "");
}

TEST(UserNotices, AreNotForContainers) {
  const Terminal terminal;
  UserNotices notices(On());
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  event.decision->file.path = "%CONTAINER%/x";
  notices.Tell(event, "X", 0);
  EXPECT_EQ(terminal.Shown(), "");
}

TEST(UserNotices, AreRare) {
  const Terminal terminal;
  UserNotices notices(On());
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  const auto count = [&](int64_t at) {
    int told = 0;
    for (int i = 0; i < 10; ++i) {
      notices.Tell(event, "X", at);
      if (!terminal.Shown().empty()) ++told;
    }
    return told;
  };
  EXPECT_EQ(count(0), 3);
  EXPECT_EQ(count(10 * kSecond), 1);
  EXPECT_EQ(count(100 * kSecond), 3);
}

// Ctrl-S: nobody waits for whoever pressed it.
TEST(UserNotices, NeverWaitForAStoppedTerminal) {
  const Terminal terminal;
  ASSERT_EQ(tcflow(terminal.theirs(), TCOOFF), 0);
  UserNotices notices(On());
  eventlog::Event event = Blocked();
  event.decision->process.terminal = terminal.device();
  for (int i = 0; i < 100; ++i) notices.Tell(event, "X", i * 100 * kSecond);
  EXPECT_EQ(terminal.Shown(), "");
}

}  // namespace
}  // namespace portcullis::enforcement
