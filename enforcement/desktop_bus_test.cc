// SPDX-License-Identifier: Apache-2.0
#include "enforcement/desktop_bus.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "enforcement/desktop_notifier.h"
#include "tests/support/session_bus.h"

namespace portcullis::enforcement {
namespace {

using ::testing::HasSubstr;
using testing::SessionBus;

class DesktopBus : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/portcullis-bus-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  // A bus of the test's own making.
  UniqueFd Listen() const {
    UniqueFd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    Path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener.get(), 4), 0);
    return listener;
  }
  std::string Path() const { return directory_ + "/bus"; }

  std::string directory_;
};

TEST_F(DesktopBus, TakesTheNotification) {
  if (!SessionBus::IsInstalled()) GTEST_SKIP() << testing::kNoBus;
  const SessionBus bus(directory_, geteuid());
  const auto shown =
      NotifyOnBus(bus.path(), geteuid(),
                  {"portcullis: /home/a/\xC3\xA4 was blocked", "Ask <b>us</b> & wait\nRequest 7"});
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_TRUE(
      SessionBus::Await([&] { return bus.Heard().find("Request 7") != std::string::npos; }));
  const std::string heard = bus.Heard();
  EXPECT_THAT(heard, HasSubstr("member=Notify"));
  EXPECT_THAT(heard, HasSubstr("string \"portcullis: /home/a/\xC3\xA4 was blocked\""));
  EXPECT_THAT(heard, HasSubstr("Ask &lt;b&gt;us&lt;/b&gt; &amp; wait"));
  EXPECT_THAT(heard, HasSubstr("int32 -1"));
}

// Each length once, since every string moves what comes behind it.
TEST_F(DesktopBus, TakesNotificationsOfEveryLength) {
  if (!SessionBus::IsInstalled()) GTEST_SKIP() << testing::kNoBus;
  const SessionBus bus(directory_, geteuid());
  for (size_t length = 0; length < 17; ++length) {
    const std::string body(17 - length, 'b');
    const auto shown = NotifyOnBus(bus.path(), geteuid(), {std::string(length, 's'), body});
    ASSERT_TRUE(shown) << length << shown.error().message;
    const std::string expected = fmt::format("string \"{}\"\n", body);
    EXPECT_TRUE(SessionBus::Await([&] { return bus.Heard().find(expected) != std::string::npos; }))
        << length;
  }
}

TEST_F(DesktopBus, IsNotWaitedForWhereThereIsNone) {
  const auto shown = NotifyOnBus(Path(), geteuid(), {"a", "b"});
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ErrorCode::kNotFound);
}

TEST_F(DesktopBus, IsNotWaitedForWithoutEnd) {
  const UniqueFd silent = Listen();
  const auto shown = NotifyOnBus(Path(), geteuid(), {"a", "b"});
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().code, ErrorCode::kTruncated);
}

TEST_F(DesktopBus, MayRefuseSayNonsenseOrTalkForEver) {
  const UniqueFd listener = Listen();
  std::string endless = "OK 1\r\n";
  endless.append(1 << 20, 'y');
  const std::vector<std::string> answers = {"REJECTED EXTERNAL\r\n", std::string(100'000, 'x'),
                                            endless, ""};
  for (const std::string& answer : answers) {
    std::thread server([&] {
      const UniqueFd client(accept(listener.get(), nullptr, nullptr));
      for (int i = 0; i < 3 && !answer.empty(); ++i) {
        if (send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
      }
    });
    EXPECT_TRUE(!NotifyOnBus(Path(), geteuid(), {"a", "b"}) || answer.starts_with("OK"));
    server.join();
  }
}

TEST_F(DesktopBus, GetsNoMoreThanTheLimit) {
  const auto over = NotifyOnBus(Path(), geteuid(), {"a", std::string(kMaxNotification, 'b')});
  EXPECT_EQ(over.error().code, ErrorCode::kLimitExceeded);
  const auto at = NotifyOnBus(Path(), geteuid(), {"a", std::string(kMaxNotification - 1, 'b')});
  EXPECT_EQ(at.error().code, ErrorCode::kNotFound);
}

TEST(DesktopNotices, SurviveTheirWay) {
  const DesktopNotice notice{0x01020304, "summary\nbody"};
  EXPECT_EQ(DecodeNotice(AsBytes(EncodeNotice(notice))), notice);
  EXPECT_EQ(EncodeNotice({1, std::string(5000, 'x')}).size(), kMaxNoticePacket);
  EXPECT_FALSE(DecodeNotice(AsBytes("abcd")));
  EXPECT_FALSE(DecodeNotice({}));
  EXPECT_FALSE(DecodeNotice(AsBytes(std::string(kMaxNoticePacket + 1, 'x'))));
}

}  // namespace
}  // namespace portcullis::enforcement
