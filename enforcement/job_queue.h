// SPDX-License-Identifier: Apache-2.0
// The files that wait for an inspector, taken in turn by user, and who waits for each.
//
// Shape:   Add and Take from any thread; the pool's thread finishes jobs: then the callbacks run,
//          once each, on that thread. The same file by the same name is one job however many
//          wait for it, where what the first finds is evidence for the others
//          (identity_evidence.h): not where one has a lease and the first has none, say.
// Limits:  those of InspectorPool::Limits, counted in callbacks that have not run.
// Errors:  Add: kLimitExceeded where one user has too many waiting; kIo where all together have;
//          kUnsupported after Close.
// Threads: thread-safe, but for a Job's own members: they are for whoever took it. Add may be
// called
//          by a callback.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "enforcement/inspector_pool.h"
#include "enforcement/inspector_protocol.h"

namespace portcullis::enforcement {

// Which jobs an inspector takes.
enum class Pick : uint8_t {
  kAny,
  kOnlySmall,  // files below kSmallFileBytes
  kOverdue,    // of users who have none in work, waiting for kOverdueAfter
};

inline constexpr std::chrono::milliseconds kOverdueAfter{500};

class JobQueue {
 public:
  using Clock = std::chrono::steady_clock;
  struct Waiter {
    uint32_t uid = 0;
    InspectorPool::Done done;
  };
  struct Job {
    InspectionRequest request;
    UniqueFd file;
    IdentityEvidence evidence;
    std::vector<Waiter> waiters;  // the queue's mutex guards it
    bool is_taken = false;
    bool was_tried = false;
    uint32_t taken_for = 0;  // the user whose turn it was
    Clock::time_point queued_at;

    bool is_small() const { return request.size < kSmallFileBytes; }
  };
  using JobPointer = std::shared_ptr<Job>;

  JobQueue(size_t max_jobs, size_t max_jobs_per_user)
      : max_jobs_(max_jobs), max_jobs_per_user_(max_jobs_per_user) {}

  Result<void> Add(InspectionJob job, InspectorPool::Done done);
  // The next one, or null.
  JobPointer Take(Pick pick, Clock::time_point now = Clock::now());
  // Whether there is one that nobody has taken.
  bool HasWaiting() const;
  // Whether Take(kOverdue) would have one.
  bool HasOverdue(Clock::time_point now) const;
  // A job that was taken and could not be given to anybody.
  void PutBack(const JobPointer& job);
  void Finish(const JobPointer& job, const Result<FileIdentity>& outcome);
  // Finishes all that are not taken.
  void FinishWaiting(const Error& error);
  // No more is added.
  void Close();
  bool empty() const;

 private:
  // What one user waits for, oldest first; a job that another user's turn brought up is passed
  // over.
  struct Line {
    std::deque<JobPointer> small;
    std::deque<JobPointer> large;

    JobPointer TakeFrom(Pick pick, Clock::time_point now);
    bool empty() const { return small.empty() && large.empty(); }
  };
  Result<void> Admit(uint32_t uid);
  JobPointer FindFor(const InspectionJob& job) const;
  void LeaveWork(const JobPointer& job);
  void Enqueue(uint32_t uid, const JobPointer& job);

  const size_t max_jobs_;
  const size_t max_jobs_per_user_;
  mutable std::mutex mutex_;
  std::map<uint32_t, Line> lines_;
  uint32_t last_uid_ = UINT32_MAX;  // whose turn it was
  std::unordered_map<uint32_t, size_t> in_work_;
  std::unordered_map<FileKey, JobPointer> by_file_;  // the last job of each
  std::unordered_map<uint32_t, size_t> waiting_;
  size_t waiting_in_all_ = 0;
  uint64_t last_job_ = 0;
  bool is_closed_ = false;
};

}  // namespace portcullis::enforcement
