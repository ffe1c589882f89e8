// SPDX-License-Identifier: Apache-2.0
#include "enforcement/shared_state.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace portcullis::enforcement {
namespace {

TEST(SharedState, KnowsItsOwnUntilTheyAreRemoved) {
  SharedState* const shared = MapSharedState().value();
  EXPECT_FALSE(shared->IsOwn(0)) << "a free place is nobody's";
  EXPECT_TRUE(shared->AddOwn(10));
  EXPECT_TRUE(shared->AddOwn(11));
  EXPECT_TRUE(shared->IsOwn(10));
  shared->RemoveOwn(10);
  EXPECT_FALSE(shared->IsOwn(10));
  EXPECT_TRUE(shared->IsOwn(11));
}

TEST(SharedState, TakesNoMoreThanFit) {
  SharedState* const shared = MapSharedState().value();
  for (size_t i = 0; i < kMaxOwnProcesses; ++i) {
    ASSERT_TRUE(shared->AddOwn(static_cast<pid_t>(100 + i)));
  }
  EXPECT_FALSE(shared->AddOwn(1));
  shared->RemoveOwn(100);
  EXPECT_TRUE(shared->AddOwn(1));
}

TEST(SharedState, LetsOnlyOneRead) {
  SharedState* const shared = MapSharedState().value();
  EXPECT_TRUE(shared->StandIn());
  std::atomic<bool> reads = false;
  std::thread gate([&] {
    shared->BeginToRead();
    reads = true;
  });
  while (!shared->gate_reads) usleep(100);
  EXPECT_FALSE(reads);
  shared->StandDown();
  gate.join();
  EXPECT_TRUE(reads);
  EXPECT_FALSE(shared->StandIn());
}

TEST(SharedState, IsSeenAcrossAFork) {
  SharedState* const shared = MapSharedState().value();
  const pid_t child = fork();
  if (child == 0) {
    shared->heartbeat_ns = 42;
    _exit(0);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_EQ(shared->heartbeat_ns, 42);
}

}  // namespace
}  // namespace portcullis::enforcement
