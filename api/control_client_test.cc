// SPDX-License-Identifier: Apache-2.0
// The client against listeners that answer well, ill, late and not at all.
#include "api/control_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "base/unique_fd.h"

namespace portcullis::api {
namespace {

using Word = ControlAnswer::Word;
using ::testing::HasSubstr;

class ControlClient : public ::testing::Test {
 protected:
  ControlClient() {
    std::string pattern = "/tmp/portcullis-client-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/socket";
  }
  ~ControlClient() override {
    if (server_.joinable()) server_.join();
    std::filesystem::remove_all(folder_);
  }
  // Takes one connection for each answer, reads what is asked, sends it; an empty one is none.
  void Serve(std::vector<std::string> answers) {
    listener_.Reset(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    ASSERT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(listen(listener_.get(), 8), 0);
    server_ = std::thread([this, answers = std::move(answers)] {
      for (const std::string& answer : answers) {
        const UniqueFd client(accept(listener_.get(), nullptr, nullptr));
        char asked[kMaxRequestBytes];
        const ssize_t size = recv(client.get(), asked, sizeof(asked), 0);
        asked_.emplace_back(asked, size > 0 ? static_cast<size_t>(size) : 0);
        if (!answer.empty()) send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
      }
    });
  }
  void ExpectReloadFails(const std::string& answer, ErrorCode code, const char* why) {
    Serve({answer});
    const auto failed = AskToReload(path_);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, code);
    EXPECT_THAT(failed.error().message, HasSubstr(why));
  }

  std::string folder_, path_;
  UniqueFd listener_;
  std::thread server_;
  std::vector<std::string> asked_;
};

TEST_F(ControlClient, ReturnsTheGeneration) {
  Serve({EncodeAnswer({Word::kDone, "generation 12\n"})});
  const auto generation = AskToReload(path_);
  ASSERT_TRUE(generation) << generation.error().message;
  EXPECT_EQ(*generation, 12U);
  server_.join();
  EXPECT_THAT(asked_, ::testing::ElementsAre("portcullis-control 1 reload\n"));
}

TEST_F(ControlClient, AsksAgainWhereTheConnectionWasClosed) {
  Serve({"", "", EncodeAnswer({Word::kDone, "generation 3\n"})});
  const auto generation = AskToReload(path_);
  ASSERT_TRUE(generation) << generation.error().message;
  EXPECT_EQ(*generation, 3U);
}

TEST_F(ControlClient, SaysThatNoServiceIsThere) {
  const auto absent = AskForStatus(path_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(absent.error().message, HasSubstr(path_));
  Serve({});
  server_.join();
  listener_.Reset();  // the file stays, and nobody listens
  EXPECT_EQ(AskForStatus(path_).error().code, ErrorCode::kNotFound);
}

TEST_F(ControlClient, HandsOnTheSentenceOfARefusal) {
  ExpectReloadFails(EncodeAnswer({Word::kRefused, "policy.xml: line 3"}), ErrorCode::kMalformed,
                    "policy.xml: line 3");
}
TEST_F(ControlClient, SaysThatItMayNotAsk) {
  ExpectReloadFails(EncodeAnswer({Word::kNotPermitted, "root alone"}), ErrorCode::kUntrusted,
                    "root alone");
}
TEST_F(ControlClient, SaysThatTheServiceIsBusy) {
  ExpectReloadFails(EncodeAnswer({Word::kBusy, "ask again"}), ErrorCode::kIo, "ask again");
}
TEST_F(ControlClient, RefusesAnAnswerThatIsNone) {
  ExpectReloadFails("hello", ErrorCode::kMalformed, "protocol");
}
TEST_F(ControlClient, RefusesAnAnswerWithoutItsGeneration) {
  ExpectReloadFails(EncodeAnswer({Word::kDone, "generation many\n"}), ErrorCode::kMalformed,
                    "generation");
}
TEST_F(ControlClient, RefusesAnAnswerThatIsTooLong) {
  ExpectReloadFails(std::string(kMaxAnswerBytes + 10, 'x'), ErrorCode::kLimitExceeded, "64 KiB");
}
TEST_F(ControlClient, RefusesAPathThatIsTooLong) {
  EXPECT_EQ(AskForStatus(std::string(200, '/')).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(AskForStatus("").error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace portcullis::api
