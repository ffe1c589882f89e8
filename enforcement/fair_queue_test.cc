// SPDX-License-Identifier: Apache-2.0
#include "enforcement/fair_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace portcullis::enforcement {
namespace {

Pushed Push(FairQueue<int>& queue, uint32_t principal, int item) {
  return queue.Push(principal, item).pushed;
}
// Takes one, and has done with it.
std::optional<int> Serve(FairQueue<int>& queue) {
  const auto taken = queue.Pop();
  if (!taken) return std::nullopt;
  queue.Done(taken->principal);
  return taken->item;
}

TEST(FairQueue, TakesPrincipalsInTurn) {
  FairQueue<int> queue({10, 5, 1});
  for (const int item : {1, 2, 3}) queue.Push(1000, item);
  queue.Push(1001, 10);
  queue.Push(1002, 20);
  std::vector<int> order;
  while (queue.size() > 0) order.push_back(Serve(queue).value());
  EXPECT_EQ(order, (std::vector<int>{1, 10, 20, 2, 3}));
}

TEST(FairQueue, SaysWhichLimitIsReached) {
  FairQueue<int> queue({2, 2, 1});
  EXPECT_EQ(Push(queue, 1000, 1), Pushed::kQueued);
  EXPECT_EQ(Push(queue, 1001, 2), Pushed::kQueued);
  EXPECT_EQ(Push(queue, 1002, 3), Pushed::kFull);
  Serve(queue);
  EXPECT_EQ(Push(queue, 1001, 4), Pushed::kQueued);
  EXPECT_EQ(Push(queue, 1001, 5), Pushed::kUserIsFull);
}

TEST(FairQueue, TakesAPlaceFromWhoHasTheMost) {
  FairQueue<int> queue({4, 3, 1});
  for (const int item : {1, 2, 3}) queue.Push(1000, item);
  queue.Push(1001, 10);
  const auto admission = queue.Push(1002, 20);
  EXPECT_EQ(admission.pushed, Pushed::kQueued);
  EXPECT_EQ(admission.displaced, 3);
  EXPECT_EQ(queue.size(), 4U);
  // The fullest himself, and one who would only change places with him, have nobody to displace.
  EXPECT_EQ(Push(queue, 1000, 4), Pushed::kUserIsFull);
  EXPECT_EQ(Push(queue, 1001, 11), Pushed::kUserIsFull);
  std::vector<int> order;
  while (queue.size() > 0) order.push_back(Serve(queue).value());
  EXPECT_EQ(order, (std::vector<int>{1, 10, 20, 2}));
}

TEST(FairQueue, LeavesThreadsToOthers) {
  FairQueue<int> queue({10, 5, 2});
  for (const int item : {1, 2, 3}) queue.Push(1000, item);
  EXPECT_EQ(queue.Pop()->item, 1);
  EXPECT_EQ(queue.Pop()->item, 2);
  EXPECT_FALSE(queue.has_turn());
  EXPECT_EQ(queue.size(), 1U);
  queue.Push(1001, 10);
  EXPECT_EQ(queue.Pop()->item, 10);
  queue.Done(1000);
  EXPECT_TRUE(queue.has_turn());
  EXPECT_EQ(queue.Pop()->item, 3);
}

TEST(FairQueue, KnowsWhoWaitsForHisOwn) {
  FairQueue<int> queue({10, 5, 1});
  queue.Push(1000, 1);
  queue.Push(1001, 10);
  EXPECT_FALSE(queue.WasHeldUp(1000));
  queue.Pop();
  queue.Push(1000, 2);
  EXPECT_TRUE(queue.WasHeldUp(1000));
  EXPECT_FALSE(queue.WasHeldUp(1001));
  // Still so when a thread is free again, a moment before it is too late.
  queue.Done(1000);
  EXPECT_TRUE(queue.WasHeldUp(1000));
  queue.Pop();
  queue.Pop();
  EXPECT_TRUE(queue.WasHeldUp(1000));
  queue.Done(1000);
  queue.Push(1000, 3);
  EXPECT_FALSE(queue.WasHeldUp(1000));
}

TEST(FairQueue, EndsAfterWhatIsLeft) {
  FairQueue<int> queue({3, 2, 1});
  queue.Push(1000, 1);
  queue.Stop();
  EXPECT_EQ(Serve(queue), 1);
  EXPECT_EQ(Serve(queue), std::nullopt);
}

TEST(FairQueue, WakesWhoWaits) {
  FairQueue<int> queue({3, 2, 1});
  std::thread waiter([&] { EXPECT_EQ(Serve(queue), 7); });
  queue.Push(0, 7);
  waiter.join();
}

TEST(FairQueue, WakesWhoWaitsForATurn) {
  FairQueue<int> queue({3, 2, 1});
  queue.Push(0, 6);
  queue.Pop();
  queue.Push(0, 7);
  std::thread waiter([&] { EXPECT_EQ(Serve(queue), 7); });
  queue.Done(0);
  waiter.join();
}

}  // namespace
}  // namespace portcullis::enforcement
