// SPDX-License-Identifier: Apache-2.0
#include "enforcement/shared_state.h"

#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace portcullis::enforcement {

static_assert(std::atomic<pid_t>::is_always_lock_free);
static_assert(std::atomic<int64_t>::is_always_lock_free);

// Each says what it wants before it looks at what the other does, so at most one goes on.
void SharedState::BeginToRead() {
  gate_reads = true;
  while (supervisor_reads) usleep(100);
}

bool SharedState::StandIn() {
  supervisor_reads = true;
  supervisor_holds = !gate_reads;
  supervisor_reads = supervisor_holds.load();
  return supervisor_holds;
}

void SharedState::StandDown() { supervisor_reads = supervisor_holds = false; }

void SharedState::BeginToAsk() { has_asked = enforcing = true; }

void SharedState::EndAsking() { enforcing = false; }

bool SharedState::IsOwn(pid_t pid) const {
  return pid > 0 && std::ranges::any_of(own_processes, [&](const std::atomic<pid_t>& own) {
           return own.load(std::memory_order_relaxed) == pid;
         });
}

bool SharedState::AddOwn(pid_t pid) {
  for (std::atomic<pid_t>& own : own_processes) {
    pid_t free = 0;
    if (own.compare_exchange_strong(free, pid)) return true;
  }
  return false;
}

void SharedState::RemoveOwn(pid_t pid) {
  for (std::atomic<pid_t>& own : own_processes) {
    pid_t expected = pid;
    own.compare_exchange_strong(expected, 0);
  }
}

Result<void*> MapSharedMemory(size_t bytes) {
  void* const page =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    return Fail(ErrorCode::kIo, fmt::format("memory to share: errno {}", errno));
  }
  return page;
}

bool Hide(const SharedMemory& memory) { return munmap(memory.at, memory.bytes) == 0; }

}  // namespace portcullis::enforcement
