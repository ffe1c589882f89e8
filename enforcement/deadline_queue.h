// SPDX-License-Identifier: Apache-2.0
// Which events are overdue.
//
// Shape:   events come in the order of their deadlines, since all have the same budget. One that
//          was answered meanwhile is gone by itself.
// Lifetime: does not keep an event alive: whoever works on it does.
// Threads: every member may be called from any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "enforcement/event_job.h"

namespace portcullis::enforcement {

class DeadlineQueue {
 public:
  explicit DeadlineQueue(int64_t budget_ns) : budget_ns_(budget_ns) {}

  void Add(const JobPtr& job);
  // One that was overdue and could not be answered: at `retry_ns` it is again.
  void PutBack(const JobPtr& job, int64_t retry_ns);
  // Unanswered jobs whose time is up, the oldest first.
  std::vector<JobPtr> TakeOverdue(int64_t now_ns);
  // When the next may be overdue.
  std::optional<int64_t> NextDeadline() const;
  // Every unanswered job, whatever its time.
  std::vector<JobPtr> TakeAll();

 private:
  const int64_t budget_ns_;
  mutable std::mutex mutex_;
  std::deque<std::pair<int64_t, std::weak_ptr<EventJob>>> jobs_;
};

}  // namespace portcullis::enforcement
