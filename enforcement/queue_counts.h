// SPDX-License-Identifier: Apache-2.0
// What the gate's queues hold and had to drop, put on the page of metrics once a tick.
//
// Threads: LoseNews from any thread, Count for one.
// Source:  docs/metrics.md.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "enforcement/event_queues.h"
#include "enforcement/service_metrics.h"

namespace portcullis::enforcement {

class QueueCounts {
 public:
  // A notification found no place; the log counts it as well.
  void LoseNews(const Meter& meter) {
    lost_news_.fetch_add(1, std::memory_order_relaxed);
    meter.Add(api::Metric::kNotificationsDropped);
  }
  // `dropped`: by the log, in all.
  void Count(const EventQueues& queues, uint64_t dropped, const Meter& meter) {
    using api::Metric;
    meter.Set(Metric::kQuestionsWaiting, queues.questions.size());
    meter.Set(Metric::kNewsWaiting, queues.news.size());
    meter.Raise(Metric::kQuestionsWaitingMost, queues.questions.most());
    meter.Raise(Metric::kNewsWaitingMost, queues.news.most());
    const uint64_t news = lost_news_;
    const uint64_t records = dropped > news ? dropped - news : 0;
    if (records <= counted_) return;
    meter.Add(Metric::kRecordsDropped, records - counted_);
    counted_ = records;
  }

 private:
  std::atomic<uint64_t> lost_news_{0};
  uint64_t counted_ = 0;
};

}  // namespace portcullis::enforcement
