// SPDX-License-Identifier: Apache-2.0
#include "enforcement/event_queues.h"

#include <gtest/gtest.h>

namespace portcullis::enforcement {
namespace {

const PendingEvent::Responder kNobody = [](int, Answer) { return Result<void>(); };

JobPtr Job(bool is_permission, uint32_t principal) {
  KernelEvent event;
  event.is_permission = is_permission;
  auto job = std::make_shared<EventJob>(std::move(event), kNobody, 0);
  job->principal = principal;
  return job;
}

TEST(EventQueues, RefuseNoQuestionBecauseOfNews) {
  EventQueues queues;
  size_t refused = 0;
  for (size_t i = 0; i < 2 * kQuestionLimits.in_all; ++i) {
    if (queues.Push(Job(false, static_cast<uint32_t>(i))).pushed != Pushed::kQueued) ++refused;
  }
  EXPECT_EQ(queues.news.size(), kNewsLimits.in_all);
  EXPECT_EQ(refused, 2 * kQuestionLimits.in_all - kNewsLimits.in_all);
  EXPECT_EQ(queues.Push(Job(true, 0)).pushed, Pushed::kQueued);
  EXPECT_TRUE(queues.questions.Pop()->item->event.is_permission());
}

TEST(EventQueues, LeaveHalfOfTheWorkersToOthers) {
  EventQueues queues;
  for (unsigned i = 0; i < kWorkers; ++i) queues.Push(Job(true, 1000));
  for (unsigned i = 0; i < kWorkers / 2; ++i) queues.questions.Pop();
  EXPECT_FALSE(queues.questions.has_turn());
}

}  // namespace
}  // namespace portcullis::enforcement
