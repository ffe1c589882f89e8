// SPDX-License-Identifier: Apache-2.0
#include "enforcement/job_queue.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace portcullis::enforcement {

Result<void> JobQueue::Add(InspectionJob job, InspectorPool::Done done) {
  const std::lock_guard lock(mutex_);
  const uint32_t uid = job.uid;
  TRY_VOID(Admit(uid));
  JobPointer queued = FindFor(job);
  if (queued == nullptr) {
    queued = std::make_shared<Job>();
    queued->request = {++last_job_, job.evidence.key.size, job.evidence.hashing,
                       std::move(job.name_hint)};
    queued->file = std::move(job.file);
    queued->evidence = job.evidence;
    queued->queued_at = Clock::now();
    by_file_.insert_or_assign(queued->evidence.key, queued);
  }
  const bool is_new_to_user = std::ranges::none_of(
      queued->waiters, [&](const Waiter& waiter) { return waiter.uid == uid; });
  queued->waiters.push_back({uid, std::move(done)});
  if (is_new_to_user && !queued->is_taken) Enqueue(uid, queued);
  return {};
}

// One whose finding will hold for `job` as well.
JobQueue::JobPointer JobQueue::FindFor(const InspectionJob& job) const {
  const auto found = by_file_.find(job.evidence.key);
  if (found == by_file_.end()) return nullptr;
  const Job& known = *found->second;
  const bool holds =
      known.evidence.Covers(job.evidence) && known.request.name_hint == job.name_hint;
  return holds ? found->second : nullptr;
}

// Counts one more that waits.
Result<void> JobQueue::Admit(uint32_t uid) {
  if (is_closed_) return Fail(ErrorCode::kUnsupported, "the service stops");
  size_t& of_user = waiting_[uid];
  if (of_user >= max_jobs_per_user_) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} files of user {} wait to be inspected", of_user, uid));
  }
  if (waiting_in_all_ >= max_jobs_) {
    if (of_user == 0) waiting_.erase(uid);
    return Fail(ErrorCode::kIo, fmt::format("{} files wait to be inspected", waiting_in_all_));
  }
  ++of_user;
  ++waiting_in_all_;
  return {};
}

void JobQueue::Enqueue(uint32_t uid, const JobPointer& job) {
  Line& line = lines_[uid];
  (job->is_small() ? line.small : line.large).push_back(job);
}

JobQueue::JobPointer JobQueue::Line::TakeFrom(Pick pick, Clock::time_point now) {
  const auto trim = [](std::deque<JobPointer>& jobs) {
    while (!jobs.empty() && jobs.front()->is_taken) jobs.pop_front();
  };
  trim(small);
  trim(large);
  const bool has_large = pick != Pick::kOnlySmall && !large.empty();
  if (small.empty() && !has_large) return nullptr;
  const bool takes_large =
      has_large && (small.empty() || large.front()->request.job < small.front()->request.job);
  std::deque<JobPointer>& jobs = takes_large ? large : small;
  if (pick == Pick::kOverdue && now - jobs.front()->queued_at < kOverdueAfter) return nullptr;
  JobPointer job = std::move(jobs.front());
  jobs.pop_front();
  return job;
}

JobQueue::JobPointer JobQueue::Take(Pick pick, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  auto line = lines_.upper_bound(last_uid_);
  for (size_t left = lines_.size(); left > 0; --left) {
    if (line == lines_.end()) line = lines_.begin();
    const uint32_t uid = line->first;
    const bool may = pick != Pick::kOverdue || !in_work_.contains(uid);
    JobPointer job = may ? line->second.TakeFrom(pick, now) : nullptr;
    line = line->second.empty() ? lines_.erase(line) : std::next(line);
    if (!job) continue;
    job->is_taken = true;
    job->taken_for = last_uid_ = uid;
    ++in_work_[uid];
    return job;
  }
  return nullptr;
}

bool JobQueue::HasWaiting() const {
  const std::lock_guard lock(mutex_);
  const auto waits = [](const JobPointer& job) { return !job->is_taken; };
  return std::ranges::any_of(lines_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second.small, waits) ||
           std::ranges::any_of(entry.second.large, waits);
  });
}

bool JobQueue::HasOverdue(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto is_overdue = [&](const JobPointer& job) {
    return !job->is_taken && now - job->queued_at >= kOverdueAfter;
  };
  return std::ranges::any_of(lines_, [&](const auto& entry) {
    const auto& [uid, line] = entry;
    return !in_work_.contains(uid) && (std::ranges::any_of(line.small, is_overdue) ||
                                       std::ranges::any_of(line.large, is_overdue));
  });
}

void JobQueue::LeaveWork(const JobPointer& job) {
  const auto of_user = in_work_.find(job->taken_for);
  if (--of_user->second == 0) in_work_.erase(of_user);
}

void JobQueue::PutBack(const JobPointer& job) {
  const std::lock_guard lock(mutex_);
  LeaveWork(job);
  job->is_taken = false;
  Enqueue(job->waiters.front().uid, job);
}

void JobQueue::Finish(const JobPointer& job, const Result<FileIdentity>& outcome) {
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    LeaveWork(job);
    waiters = std::exchange(job->waiters, {});
    const auto of_file = by_file_.find(job->evidence.key);
    if (of_file != by_file_.end() && of_file->second == job) by_file_.erase(of_file);
    waiting_in_all_ -= waiters.size();
    for (const Waiter& waiter : waiters) {
      const auto of_user = waiting_.find(waiter.uid);
      if (--of_user->second == 0) waiting_.erase(of_user);
    }
  }
  job->file.Reset();
  for (const Waiter& waiter : waiters) waiter.done(outcome);
}

void JobQueue::FinishWaiting(const Error& error) {
  while (const JobPointer job = Take(Pick::kAny)) Finish(job, Unexpected(error));
}

void JobQueue::Close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

bool JobQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return waiting_in_all_ == 0;
}

}  // namespace portcullis::enforcement
