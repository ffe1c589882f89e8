// SPDX-License-Identifier: Apache-2.0
#include "enforcement/stand_in.h"

#include <vector>

#include "eventlog/event.h"
#include "host/thread_credentials.h"

namespace portcullis::enforcement {

// Events have the thread's number, the list of own processes the process's.
bool StandIn::IsOwn(pid_t tid) const {
  if (shared_.IsOwn(tid)) return true;
  const auto thread = ReadThreadCredentials(tid);
  return thread && shared_.IsOwn(thread->tgid);
}

void StandIn::Sweep(int descriptor_limit) {
  for (int fd = 0; fd < descriptor_limit; ++fd) {
    // A number that no event has is no error.
    if (!permission_.Respond(fd, ByPolicy())) return;
  }
}

void StandIn::TakeOver(int descriptor_limit) {
  if (shared_.supervisor_holds) Sweep(descriptor_limit);
  shared_.StandDown();
}

size_t StandIn::AnswerWaiting() {
  if (!shared_.StandIn()) return 0;
  const auto read = permission_.Read();
  const size_t count = read ? read->size() : 0;
  for (size_t i = 0; i < count; ++i) {
    const KernelEvent& event = (*read)[i];
    if (!event.is_permission || !event.file.valid()) continue;
    const bool is_own = IsOwn(event.tid);
    const Answer answer = is_own ? Answer::kAllow : ByPolicy();
    [[maybe_unused]] const auto responded = permission_.Respond(event.file.get(), answer);
    constexpr auto kBy = static_cast<size_t>(eventlog::AnsweredBy::kFailurePolicy);
    if (!is_own) meter_.Add(api::VerdictMetric(answer == Answer::kAllow ? 0 : 1, kBy));
  }
  shared_.StandDown();
  return count;
}

}  // namespace portcullis::enforcement
