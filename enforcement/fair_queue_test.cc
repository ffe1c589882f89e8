// SPDX-License-Identifier: Apache-2.0
#include "enforcement/fair_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace portcullis::enforcement {
namespace {

TEST(FairQueue, TakesUsersInTurn) {
  FairQueue<int> queue(10, 5);
  for (const int item : {1, 2, 3}) queue.Push(1000, item);
  queue.Push(1001, 10);
  queue.Push(1002, 20);
  std::vector<int> order;
  while (queue.size() > 0) order.push_back(queue.Pop().value());
  EXPECT_EQ(order, (std::vector<int>{1, 10, 20, 2, 3}));
}

TEST(FairQueue, SaysWhichLimitIsReached) {
  FairQueue<int> queue(3, 2);
  EXPECT_EQ(queue.Push(1000, 1), Pushed::kQueued);
  EXPECT_EQ(queue.Push(1000, 2), Pushed::kQueued);
  EXPECT_EQ(queue.Push(1000, 3), Pushed::kUserIsFull);
  EXPECT_EQ(queue.Push(1001, 4), Pushed::kQueued);
  EXPECT_EQ(queue.Push(1002, 5), Pushed::kFull);
  queue.Pop();
  EXPECT_EQ(queue.Push(1000, 6), Pushed::kQueued);
}

TEST(FairQueue, EndsAfterWhatIsLeft) {
  FairQueue<int> queue(3, 2);
  queue.Push(1000, 1);
  queue.Stop();
  EXPECT_EQ(queue.Pop(), 1);
  EXPECT_EQ(queue.Pop(), std::nullopt);
}

TEST(FairQueue, WakesWhoWaits) {
  FairQueue<int> queue(3, 2);
  std::thread waiter([&] { EXPECT_EQ(queue.Pop(), 7); });
  queue.Push(0, 7);
  waiter.join();
}

}  // namespace
}  // namespace portcullis::enforcement
