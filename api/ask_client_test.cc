// SPDX-License-Identifier: Apache-2.0
// The C functions against a service that the test plays.
#include "api/ask_client.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/portcullis.h"
#include "base/unique_fd.h"

namespace portcullis::api {
namespace {

// What is sent back, or nothing: then the connection is closed.
using Reply = std::function<std::optional<AskPacket>(const AskRequest&, int question)>;

AskAnswer Trusted(const AskRequest& request) {
  AskAnswer answer;
  answer.number = request.number;
  answer.level = PORTCULLIS_LEVEL_FULLY_TRUSTED;
  answer.rule_name = request.path;
  return answer;
}

std::optional<AskPacket> Trust(const AskRequest& request, int) {
  return EncodeAskAnswer(Trusted(request));
}

class FakeService {
 public:
  explicit FakeService(Reply reply) : reply_(std::move(reply)) {
    char name[] = "/tmp/portcullis-ask-XXXXXX";
    directory_ = mkdtemp(name);
    listener_ = UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_.get(), 16), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~FakeService() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    unlink(path().c_str());
    rmdir(directory_.c_str());
  }
  std::string path() const { return directory_ + "/ask.sock"; }
  int connections() const { return connections_; }
  int questions() const { return questions_; }

 private:
  void Serve() {
    std::vector<std::thread> served;
    for (;;) {
      const int fd = accept(listener_.get(), nullptr, nullptr);
      if (fd < 0) break;
      ++connections_;
      served.emplace_back([this, fd] { ServeOne(UniqueFd(fd)); });
    }
    for (std::thread& one : served) one.join();
  }
  void ServeOne(UniqueFd client) {
    std::vector<char> bytes(kMaxAskBytes + 1);
    for (;;) {
      const ssize_t size = recv(client.get(), bytes.data(), bytes.size(), 0);
      if (size <= 0) return;
      AskRequest request;
      if (DecodeAsk(bytes.data(), static_cast<size_t>(size), request) != nullptr) return;
      const auto reply = reply_(request, ++questions_);
      if (!reply) return;
      if (!reply->empty()) send(client.get(), reply->data(), reply->size(), MSG_NOSIGNAL);
    }
  }

  const Reply reply_;
  std::string directory_;
  UniqueFd listener_;
  std::atomic<int> connections_{0};
  std::atomic<int> questions_{0};
  std::thread thread_;
};

struct Context {
  explicit Context(const std::string& path, uint32_t timeout_ms = 5000) {
    EXPECT_EQ(portcullis_open(path.c_str(), &context), 0);
    EXPECT_EQ(portcullis_set_timeout(context, timeout_ms), 0);
  }
  ~Context() { portcullis_close(context); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  int Ask(const std::string& path = "/x") {
    portcullis_code code = PORTCULLIS_CODE_INIT;
    code.fd = 0;
    code.path = path.c_str();
    code.policy_name = PORTCULLIS_POLICY_SCRIPT;
    result = PORTCULLIS_RESULT_INIT;
    return portcullis_identify(context, &code, &result);
  }

  portcullis_context* context = nullptr;
  portcullis_result result = PORTCULLIS_RESULT_INIT;
};

TEST(AskClient, KeepsItsConnection) {
  const FakeService service(Trust);
  Context host(service.path());
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(host.Ask(), 0);
    EXPECT_EQ(host.result.level, PORTCULLIS_LEVEL_FULLY_TRUSTED);
  }
  EXPECT_EQ(service.connections(), 1);
}

TEST(AskClient, TellsItsErrorsApart) {
  EXPECT_EQ(Context("/nonexistent/ask.sock").Ask(), PORTCULLIS_E_NO_SERVICE);
  const FakeService closes([](const AskRequest&, int) { return std::nullopt; });
  Context lost(closes.path());
  EXPECT_EQ(lost.Ask(), PORTCULLIS_E_LOST);
  EXPECT_EQ(lost.result.level, PORTCULLIS_LEVEL_DISALLOWED);
  EXPECT_EQ(closes.questions(), 1 + kAskRetries);
  const FakeService silent([](const AskRequest&, int) { return AskPacket(); });
  EXPECT_EQ(Context(silent.path(), 50).Ask(), PORTCULLIS_E_TIMEOUT);
  const FakeService strange([](const AskRequest&, int) { return AskPacket(200, 'x'); });
  EXPECT_EQ(Context(strange.path()).Ask(), PORTCULLIS_E_PROTOCOL);
  const FakeService others([](const AskRequest& request, int) {
    AskAnswer answer = Trusted(request);
    ++answer.number;
    return EncodeAskAnswer(answer);
  });
  EXPECT_EQ(Context(others.path()).Ask(), PORTCULLIS_E_PROTOCOL);
  const FakeService busy([](const AskRequest& request, int) {
    AskAnswer answer = Trusted(request);
    answer.error = PORTCULLIS_E_BUSY;
    return EncodeAskAnswer(answer);
  });
  Context refused(busy.path());
  EXPECT_EQ(refused.Ask(), PORTCULLIS_E_BUSY);
  EXPECT_EQ(refused.result.level, PORTCULLIS_LEVEL_DISALLOWED);
}

TEST(AskClient, ConnectsAnewWhereTheServiceWasReplaced) {
  const FakeService service([](const AskRequest& request, int question) {
    return question == 2 ? std::nullopt : Trust(request, question);
  });
  Context host(service.path());
  EXPECT_EQ(host.Ask(), 0);
  EXPECT_EQ(host.Ask(), 0);
  EXPECT_EQ(service.questions(), 3);
  EXPECT_EQ(service.connections(), 2);
}

TEST(AskClient, GoesOnAfterATimeoutWithAnotherConnection) {
  const FakeService service([](const AskRequest& request, int question) {
    return question == 1 ? AskPacket() : Trust(request, question);
  });
  Context host(service.path(), 50);
  EXPECT_EQ(host.Ask(), PORTCULLIS_E_TIMEOUT);
  EXPECT_EQ(portcullis_set_timeout(host.context, 5000), 0);
  EXPECT_EQ(host.Ask(), 0);
  EXPECT_EQ(service.connections(), 2);
}

TEST(AskClient, AsksByAConnectionOfItsOwnAfterAFork) {
  const FakeService service(Trust);
  Context host(service.path());
  ASSERT_EQ(host.Ask(), 0);
  const pid_t child = fork();
  if (child == 0) _exit(host.Ask() == 0 ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(host.Ask(), 0);
  EXPECT_EQ(service.connections(), 2);
}

TEST(AskClient, AnswersEachOfManyThreadsItsOwnQuestion) {
  const FakeService service(Trust);
  Context host(service.path());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const std::string path(static_cast<size_t>(i) + 1, 'x');
      portcullis_code code = PORTCULLIS_CODE_INIT;
      code.fd = 0;
      code.path = path.c_str();
      code.policy_name = PORTCULLIS_POLICY_SCRIPT;
      for (int n = 0; n < 200; ++n) {
        portcullis_result result = PORTCULLIS_RESULT_INIT;
        const int error = portcullis_identify(host.context, &code, &result);
        if (error != 0 || path != result.rule_name) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(service.questions(), 800);
}

TEST(AskClient, RefusesWhatItIsNotMadeFor) {
  portcullis_context* context = nullptr;
  EXPECT_EQ(portcullis_open("", &context), PORTCULLIS_E_INVALID);
  EXPECT_EQ(portcullis_open("/x", nullptr), PORTCULLIS_E_INVALID);
  EXPECT_EQ(Context(std::string(200, 'x')).Ask(), PORTCULLIS_E_INVALID);
  Context host("/x");
  EXPECT_EQ(portcullis_set_timeout(host.context, 0), PORTCULLIS_E_INVALID);
  EXPECT_EQ(portcullis_set_timeout(host.context, kMaxAskTimeoutMs), 0);
  EXPECT_EQ(portcullis_set_timeout(host.context, kMaxAskTimeoutMs + 1), PORTCULLIS_E_INVALID);
  EXPECT_EQ(portcullis_identify(host.context, nullptr, &host.result), PORTCULLIS_E_INVALID);
  portcullis_code code = PORTCULLIS_CODE_INIT;
  EXPECT_EQ(portcullis_identify(nullptr, &code, &host.result), PORTCULLIS_E_INVALID);
  EXPECT_EQ(portcullis_identify(host.context, &code, nullptr), PORTCULLIS_E_INVALID);
  portcullis_close(nullptr);
}

}  // namespace
}  // namespace portcullis::api
