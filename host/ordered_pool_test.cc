// SPDX-License-Identifier: Apache-2.0
#include "host/ordered_pool.h"

#include <atomic>
#include <numeric>

namespace portcullis {
namespace {

TEST(OrderedPool, EmitsInTheOrderOfAdding) {
  for (const unsigned threads : {0U, 1U, 2U, 8U}) {
    std::vector<int> emitted;
    OrderedPool<int, int> pool(
        threads, 16,
        [](int job) {
          // The first of each ten takes longest.
          volatile int sink = 0;
          for (int i = 0; i < (job % 10 == 0 ? 200'000 : 10); ++i) sink = sink + 1;
          return job * 2;
        },
        [&](int answer) { emitted.push_back(answer); });
    for (int i = 0; i < 500; ++i) pool.Add(i);
    pool.Finish();
    ASSERT_EQ(emitted.size(), 500U) << threads;
    for (int i = 0; i < 500; ++i) EXPECT_EQ(emitted[static_cast<size_t>(i)], i * 2);
  }
}

TEST(OrderedPool, HoldsNoMoreThanItsWindow) {
  std::atomic<int> unemitted = 0;
  int most = 0;
  OrderedPool<int, int> pool(
      4, 8,
      [&](int job) {
        ++unemitted;
        return job;
      },
      [&](int) {
        most = std::max(most, unemitted.load());
        --unemitted;
      });
  for (int i = 0; i < 2000; ++i) pool.Add(i);
  pool.Finish();
  EXPECT_LE(most, 9);  // the window, and the one just taken out of it
}

TEST(OrderedPool, GivesUpWhatWasNotFinished) {
  std::atomic<int> done = 0;
  {
    OrderedPool<int, int> pool(
        2, 1000,
        [&](int job) {
          ++done;
          return job;
        },
        [](int) {});
    for (int i = 0; i < 100; ++i) pool.Add(i);
  }
  EXPECT_LE(done.load(), 100);
}

}  // namespace
}  // namespace portcullis
