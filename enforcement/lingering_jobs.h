// SPDX-License-Identifier: Apache-2.0
// Files that were answered for while an inspector still reads them under a lease.
//
// Shape:   by descriptor, as the kernel names a lease that a writer waits for.
// Lifetime: holds no job: one that is over is forgotten.
// Threads: every member may be called from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "enforcement/event_job.h"

namespace portcullis::enforcement {

class LingeringJobs {
 public:
  void Add(const JobPtr& job) {
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [](const auto& entry) { return entry.second.expired(); });
    jobs_[job->event.fd()] = job;
  }

  // A writer waits for the lease.
  void LeaseBroke(int fd) {
    JobPtr job;
    {
      const std::lock_guard lock(mutex_);
      const auto found = jobs_.find(fd);
      if (found == jobs_.end()) return;
      job = found->second.lock();
      jobs_.erase(found);
    }
    // One that is held is let go when its exec is over: then the lease goes because a writer waits.
    if (job != nullptr && !job->is_held) job->lease.Release();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<int, std::weak_ptr<EventJob>> jobs_;
};

}  // namespace portcullis::enforcement
