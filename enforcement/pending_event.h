// SPDX-License-Identifier: Apache-2.0
// An event of the kernel that is answered exactly once.
//
// Shape:   whoever calls TryAnswer first answers; the others are told that they came late. Of a
//          notification nobody waits for the answer, but there is one all the same.
// Errors:  an answer that the kernel refuses is replaced by a plain denial: an unanswered event
//          would hang its asker.
// Lifetime: shared by the threads that work on it. The descriptor stays open while the event lives,
//          so that the number in the answer is this event's; the destructor denies what nobody
//          answered.
// Threads: TryAnswer from any thread; the other members are constant.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "enforcement/fanotify_group.h"

namespace portcullis::enforcement {

class PendingEvent {
 public:
  // Writes an answer: FanotifyGroup::Respond, or a test's own.
  using Responder = std::function<Result<void>(int fd, Answer answer)>;

  // `responder` outlives the event. `arrived_ns` is CLOCK_MONOTONIC.
  PendingEvent(KernelEvent event, const Responder& responder, int64_t arrived_ns);
  ~PendingEvent();
  PendingEvent(const PendingEvent&) = delete;
  PendingEvent& operator=(const PendingEvent&) = delete;

  // False where another answer was first. `before` is called when this one is, and before the asker
  // goes on.
  bool TryAnswer(Answer answer, const std::function<void()>& before = {});
  bool is_answered() const { return answered_.load(std::memory_order_acquire); }

  int fd() const { return event_.file.get(); }
  pid_t tid() const { return event_.tid; }
  bool is_exec() const { return event_.is_exec; }
  bool is_permission() const { return event_.is_permission; }
  int64_t arrived_ns() const { return arrived_ns_; }

 private:
  const KernelEvent event_;
  const Responder& responder_;
  const int64_t arrived_ns_;
  std::atomic<bool> answered_{false};
};

}  // namespace portcullis::enforcement
