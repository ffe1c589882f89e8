// SPDX-License-Identifier: Apache-2.0
#include "enforcement/service_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "eventlog/event.h"

namespace portcullis::enforcement {
namespace {

using api::Metric;

TEST(ServiceMetrics, NamesEveryWayToAnswer) {
  for (size_t by = 0; by < api::kAnsweredBy.size(); ++by) {
    EXPECT_EQ(ToString(static_cast<eventlog::AnsweredBy>(by)), api::kAnsweredBy[by]);
  }
  EXPECT_EQ(api::VerdictMetric(api::kVerdictKinds.size() - 1, api::kAnsweredBy.size() - 1),
            Metric::kLastVerdict);
}

TEST(ServiceMetrics, AreReadWhereTheyAreNotWritten) {
  const auto pages = MapMetrics();
  ASSERT_TRUE(pages) << pages.error().message;
  pages->written->Add(Metric::kQuestions, 3);
  pages->written->Set(Metric::kGeneration, 7);
  pages->written->Raise(Metric::kNewsWaitingMost, 9);
  pages->written->Raise(Metric::kNewsWaitingMost, 4);
  pages->written->AddLatency(1'500);
  pages->written->AddLatency(-1);
  pages->written->AddLatency(90'000'000'000);
  pages->written->SetPolicy({{"/a b", "/c"}, 0, {{"Exe", "Enabled", 2}}});
  pages->written->SetRefused("no\nway");
  const api::ServiceStatus status = pages->read->Read();
  EXPECT_EQ(status[Metric::kQuestions], 3U);
  EXPECT_EQ(status[Metric::kGeneration], 7U);
  EXPECT_EQ(status[Metric::kNewsWaitingMost], 9U);
  EXPECT_EQ(status.latency.front(), 2U);
  EXPECT_EQ(status.latency.back(), 1U);
  EXPECT_EQ(status.latency_sum_ns, 90'000'001'500U);
  EXPECT_EQ(status.policy.files, (std::vector<std::string>{"/a b", "/c"}));
  EXPECT_EQ(status.policy.collections.size(), 1U);
  EXPECT_EQ(status.refused, "no\nway");
}

TEST(ServiceMetrics, StayReadOnlyWhateverTheReaderAsksFor) {
  const auto pages = MapMetrics();
  ASSERT_TRUE(pages);
  void* const page = const_cast<ServiceMetrics*>(pages->read);
  EXPECT_NE(mprotect(page, sizeof(ServiceMetrics), PROT_READ | PROT_WRITE), 0);
}

TEST(SharedText, IsReadWholeWhileItIsWritten) {
  const auto text = std::make_unique<SharedText<4096>>();
  std::atomic<bool> ends{false};
  std::thread writer([&] {
    for (char c = 'a'; !ends; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) {
      text->Set(std::string(static_cast<size_t>(c) * 30, c));
    }
  });
  for (int i = 0; i < 2000; ++i) {
    const std::string read = text->Get();
    if (read.empty()) continue;  // a writer that never pauses
    ASSERT_EQ(read, std::string(static_cast<size_t>(read[0]) * 30, read[0]));
  }
  ends = true;
  writer.join();
}

TEST(SharedText, IsWrittenAgainAfterAWriterThatDied) {
  const auto text = *MapShared<SharedText<64>>();
  const pid_t child = fork();
  if (child == 0) {
    text->Set("first");
    _exit(0);
  }
  for (int i = 0; i < 100'000 && text->Get() != "first"; ++i) usleep(100);
  EXPECT_EQ(text->Get(), "first");
  text->Set(std::string(100, 'x'));
  EXPECT_EQ(text->Get(), std::string(64, 'x'));
}

}  // namespace
}  // namespace portcullis::enforcement
