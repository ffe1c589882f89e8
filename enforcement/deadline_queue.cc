// SPDX-License-Identifier: Apache-2.0
#include "enforcement/deadline_queue.h"

#include <limits>

namespace portcullis::enforcement {

void DeadlineQueue::Add(const JobPtr& job) {
  const std::lock_guard lock(mutex_);
  jobs_.emplace_back(job->event.arrived_ns() + budget_ns_, job);
}

// In front of those whose time comes later, and for a moment of some that are overdue as well.
void DeadlineQueue::PutBack(const JobPtr& job, int64_t retry_ns) {
  const std::lock_guard lock(mutex_);
  jobs_.emplace_front(retry_ns, job);
}

std::vector<JobPtr> DeadlineQueue::TakeOverdue(int64_t now_ns) {
  std::vector<JobPtr> overdue;
  const std::lock_guard lock(mutex_);
  while (!jobs_.empty()) {
    const auto& [deadline, weak] = jobs_.front();
    // What is gone was answered; so it need not wait for its time.
    JobPtr job = weak.lock();
    const bool is_open = job != nullptr && !job->event.is_answered();
    if (is_open && deadline > now_ns) break;
    if (is_open) overdue.push_back(std::move(job));
    jobs_.pop_front();
  }
  return overdue;
}

std::optional<int64_t> DeadlineQueue::NextDeadline() const {
  const std::lock_guard lock(mutex_);
  return jobs_.empty() ? std::nullopt : std::optional(jobs_.front().first);
}

std::vector<JobPtr> DeadlineQueue::TakeAll() {
  return TakeOverdue(std::numeric_limits<int64_t>::max());
}

}  // namespace portcullis::enforcement
