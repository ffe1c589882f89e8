// SPDX-License-Identifier: Apache-2.0
#include "enforcement/journal_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "enforcement/service_config.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;

JournalConfig Parsed(const std::string& text) {
  const auto config = ServiceConfig::Parse(text);
  EXPECT_TRUE(config) << config.error().message;
  return config ? config->journal : JournalConfig();
}

TEST(JournalConfig, HasAStoreNoSinkAndNoNoticeByDefault) {
  const JournalConfig config = Parsed("");
  EXPECT_EQ(config.StorePath(), "/var/lib/portcullis/events/events.db");
  EXPECT_EQ(config.store.max_bytes, uint64_t{256} << 20);
  EXPECT_TRUE(config.sinks.empty());
  EXPECT_FALSE(config.notice.to_terminal);
}

TEST(JournalConfig, TakesEachSetting) {
  const JournalConfig config = Parsed(
      "state-directory = /srv/state/\nevent-store-size = 2G\nevent-store-age = 36h\n"
      "event-sink = journald\nevent-sink = file:/var/log/a b.jsonl ocsf\nevent-sink = syslog ecs\n"
      "event-sink = file:/x\n"
      "tell-user = terminal\ntell-user-text = Ask us.\ntell-user-link = https://x/?a=b\n");
  EXPECT_EQ(config.StorePath(), "/srv/state/events/events.db");
  EXPECT_EQ(config.store.max_bytes, uint64_t{2} << 30);
  EXPECT_EQ(config.store.max_age.count(), 36);
  ASSERT_EQ(config.sinks.size(), 4U);
  EXPECT_EQ(config.sinks[0].Name(), "journald");
  EXPECT_EQ(config.sinks[0].rendering, eventlog::Rendering::kJournald);
  EXPECT_EQ(config.sinks[1].Name(), "file:/var/log/a b.jsonl");
  EXPECT_EQ(config.sinks[1].rendering, eventlog::Rendering::kOcsf);
  EXPECT_EQ(config.sinks[2].Name(), "syslog");
  EXPECT_EQ(config.sinks[2].rendering, eventlog::Rendering::kEcs);
  EXPECT_EQ(config.sinks[3].rendering, eventlog::Rendering::kEcs);
  EXPECT_TRUE(config.notice.to_terminal);
  EXPECT_EQ(config.notice.text, "Ask us.");
  EXPECT_EQ(config.notice.link, "https://x/?a=b");
}

TEST(JournalConfig, RefusesWhatItDoesNotKnow) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"event-store-size = 256", "line 1: event-store-size is 256; allowed is 8M to 64G"},
      {"event-store-size = 7M", "allowed is 8M to 64G"},
      {"event-store-size = 65G", "allowed is 8M to 64G"},
      {"event-store-size = 18446744073709551615G", "allowed is 8M to 64G"},
      {"event-store-age = 90", "allowed is 1h to 3660d"},
      {"event-store-age = 3661d", "allowed is 1h to 3660d"},
      {"event-store-age = 0h", "allowed is 1h to 3660d"},
      {"event-sink = udp", "event-sink is udp; allowed are journald, syslog and file:/PATH"},
      {"event-sink = file:relative", "allowed are"},
      {"event-sink = file:/x nonsense ecs\nevent-sink = file:/", "line 2"},
      {"event-sink = journald ecs", "its own rendering"},
      {"event-sink = syslog journald", "its own rendering"},
      {"state-directory = relative", "expected an absolute path"},
      {"state-directory = /", "expected an absolute path"},
      {"tell-user = yes", "allowed are no, terminal, desktop and both"},
      {"tell-user = no\ntell-user = no", "line 2: tell-user is set a second time"},
      {"tell-user-colour = red", "no setting tell-user-colour"},
  };
  for (const auto& c : cases) {
    const auto config = ServiceConfig::Parse(c.text);
    ASSERT_FALSE(config) << c.text;
    EXPECT_THAT(config.error().message, HasSubstr(c.message)) << c.text;
  }
  std::string many;
  for (int i = 0; i < 9; ++i) many += "event-sink = syslog\n";
  EXPECT_FALSE(ServiceConfig::Parse(many));
  EXPECT_FALSE(ServiceConfig::Parse("tell-user-text = " + std::string(401, 'x')));
}

}  // namespace
}  // namespace portcullis::enforcement
