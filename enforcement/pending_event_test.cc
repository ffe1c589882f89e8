// SPDX-License-Identifier: Apache-2.0
#include "enforcement/pending_event.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace portcullis::enforcement {
namespace {

using Answers = std::vector<std::pair<int, Answer>>;

KernelEvent Event(bool is_permission) {
  KernelEvent event;
  event.file = UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  event.tid = 5;
  event.is_exec = true;
  event.is_permission = is_permission;
  return event;
}

TEST(PendingEvent, TakesTheFirstAnswerAlone) {
  Answers answers;
  const PendingEvent::Responder responder = [&](int fd, Answer answer) {
    answers.emplace_back(fd, answer);
    return Result<void>();
  };
  int fd = -1;
  {
    PendingEvent event(Event(true), responder, 0);
    fd = event.fd();
    EXPECT_FALSE(event.is_answered());
    EXPECT_TRUE(event.TryAnswer(Answer::kAllow));
    EXPECT_FALSE(event.TryAnswer(Answer::kDeny));
    EXPECT_TRUE(event.is_answered());
    EXPECT_NE(fcntl(fd, F_GETFD), -1) << "the number belongs to the event until it is gone";
  }
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
  EXPECT_EQ(answers, (Answers{{fd, Answer::kAllow}}));
}

TEST(PendingEvent, TakesOneAnswerOfManyThreads) {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> written{0};
    std::atomic<int> first{0};
    const PendingEvent::Responder responder = [&](int, Answer) {
      ++written;
      return Result<void>();
    };
    PendingEvent event(Event(true), responder, 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { first += event.TryAnswer(Answer::kDeny) ? 1 : 0; });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(written, 1);
    EXPECT_EQ(first, 1);
  }
}

TEST(PendingEvent, DeniesWhatNobodyAnswered) {
  Answers answers;
  const PendingEvent::Responder responder = [&](int fd, Answer answer) {
    answers.emplace_back(fd, answer);
    return Result<void>();
  };
  { const PendingEvent event(Event(true), responder, 0); }
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].second, Answer::kDeny);
}

TEST(PendingEvent, DeniesPlainlyWhereTheKernelRefusesTheAnswer) {
  Answers answers;
  const PendingEvent::Responder responder = [&](int fd, Answer answer) -> Result<void> {
    answers.emplace_back(fd, answer);
    if (answer == Answer::kDenyBusy) return Fail(ErrorCode::kUnsupported, "no such answer");
    return {};
  };
  PendingEvent event(Event(true), responder, 0);
  EXPECT_TRUE(event.TryAnswer(Answer::kDenyBusy));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[1].second, Answer::kDeny);
}

TEST(PendingEvent, SaysNothingToTheKernelOfANotification) {
  int written = 0;
  const PendingEvent::Responder responder = [&](int, Answer) {
    ++written;
    return Result<void>();
  };
  { PendingEvent(Event(false), responder, 0).TryAnswer(Answer::kAllow); }
  EXPECT_EQ(written, 0);
}

}  // namespace
}  // namespace portcullis::enforcement
