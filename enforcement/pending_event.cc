// SPDX-License-Identifier: Apache-2.0
#include "enforcement/pending_event.h"

namespace portcullis::enforcement {

PendingEvent::PendingEvent(KernelEvent event, const Responder& responder, int64_t arrived_ns)
    : event_(std::move(event)), responder_(responder), arrived_ns_(arrived_ns) {}

PendingEvent::~PendingEvent() { TryAnswer(Answer::kDeny); }

bool PendingEvent::TryAnswer(Answer answer, const std::function<void()>& before) {
  if (answered_.exchange(true, std::memory_order_acq_rel)) return false;
  if (before) before();
  if (!event_.is_permission || !event_.file.valid()) return true;
  if (!responder_(fd(), answer) && answer != Answer::kDeny) {
    static_cast<void>(responder_(fd(), Answer::kDeny));
  }
  return true;
}

}  // namespace portcullis::enforcement
