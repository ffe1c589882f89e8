// SPDX-License-Identifier: Apache-2.0
// Where events wait for a thread: questions in one queue, news in another.
//
// Shape:   of a question somebody waits for the answer; news are only recorded. Whatever there is
// of
//          news takes neither place nor thread from a question.
// Limits:  the constants below; each of the queues is fair between principals (fair_queue.h).
// Threads: every member may be called from any thread.
// Source:  docs/enforcement.md "Admission".
#pragma once

#include "enforcement/event_job.h"
#include "enforcement/fair_queue.h"

namespace portcullis::enforcement {

inline constexpr unsigned kWorkers = 4;  // that look at questions; one more looks at news
inline constexpr FairQueueLimits kQuestionLimits{
    .in_all = 4096, .per_principal = 512, .in_work = kWorkers / 2};
// Each keeps a descriptor.
inline constexpr FairQueueLimits kNewsLimits{.in_all = 1024, .per_principal = 512, .in_work = 1};

struct EventQueues {
  FairQueue<JobPtr> questions{kQuestionLimits};
  FairQueue<JobPtr> news{kNewsLimits};

  FairQueue<JobPtr>::Admission Push(const JobPtr& job) {
    return (job->event.is_permission() ? questions : news).Push(job->principal, job);
  }
  void Stop() {
    questions.Stop();
    news.Stop();
  }
};

}  // namespace portcullis::enforcement
