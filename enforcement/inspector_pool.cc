// SPDX-License-Identifier: Apache-2.0
// One thread with poll(2) over the sockets of all inspectors. Whoever brings a file hands it to an
// idle inspector himself where he can do so without waiting: to wake the thread for it costs more
// than to read and hash a small file. An inspector that dies over a file is replaced at once:
// delaying that would let one user's files delay everybody's. One that dies before it said that it
// is ready is a failure of the service, and tried again ever more slowly.
#include "enforcement/inspector_pool.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>

#include "enforcement/inspector_protocol.h"
#include "enforcement/job_queue.h"
#include "enforcement/pidfd.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kStartPatience{5000};  // until an inspector says that it is ready
constexpr milliseconds kFirstBackOff{20};
constexpr milliseconds kMaxBackOff{1000};
constexpr milliseconds kSparePeriod{100};  // how often spare inspectors are thought of
constexpr unsigned kFailuresUntilGivenUp = 3;

// One inspector, or the place of one.
struct Slot {
  enum class State : uint8_t { kDown, kStarting, kIdle, kBusy };
  State state = State::kDown;
  Pick pick = Pick::kAny;
  StartedInspector process;
  Clock::time_point deadline;  // of the start or of the job
  JobQueue::JobPointer job;
  uint64_t renewal = 0;  // the Renew it was started after
  bool has_served = false;
};

struct Finished {
  JobQueue::JobPointer job;
  Result<FileIdentity> outcome;
};

}  // namespace

struct InspectorPool::Impl {
  Impl(Starter start, Limits bounds)
      : starter(std::move(start)),
        limits(bounds),
        queue(bounds.max_jobs, bounds.max_jobs_per_user),
        slots(limits.inspectors + kSpareInspectors) {
    for (size_t i = limits.inspectors; i < slots.size(); ++i) slots[i].pick = Pick::kOverdue;
    if (limits.inspectors >= 2) slots[0].pick = Pick::kOnlySmall;
    wake.Reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  }

  void Run();
  void Wake() const { eventfd_write(wake.get(), 1); }

  void StartRegular(Clock::time_point now);
  bool Start(Slot& slot, Clock::time_point now);
  void StartFailed(Clock::time_point now, const Error& error);
  void Dispatch(Clock::time_point now);
  bool DispatchNow();
  bool Send(Slot& slot, const JobQueue::JobPointer& job, Clock::time_point now);
  void Give(Slot& slot, const JobQueue::JobPointer& job, Clock::time_point now);
  void GiveOverdue(Clock::time_point now);
  void Prepare();
  void Wait();
  void Hear();
  milliseconds Timeout(Clock::time_point now) const;
  void Hear(Slot& slot, Clock::time_point now);
  void HearReply(Slot& slot, InspectionReply reply);
  void Expire(Clock::time_point now);
  void Lose(Slot& slot, Clock::time_point now, const std::string& why);
  void Retire(Slot& slot);
  void RunCallbacks();
  void End();

  const Starter starter;
  const Limits limits;
  JobQueue queue;
  UniqueFd wake;
  std::atomic<bool> stopping{false};
  std::atomic<uint64_t> renewal{0};

  // Held while an inspector is started: who can not wait only tries to take it.
  std::mutex slots_mutex;
  std::vector<Slot> slots;
  Clock::time_point sleeps_until;

  // Of the thread alone; under the mutex as well where it says so above.
  unsigned failed_starts = 0;  // in a row
  Clock::time_point next_start;
  std::vector<pollfd> waited;
  std::vector<Slot*> heard;
  std::vector<Finished> finished;  // callbacks run without the mutex: they may bring the next file

  std::thread thread;
};

void InspectorPool::Impl::Run() {
  while (!stopping) {
    Prepare();
    RunCallbacks();
    Wait();
    Hear();
    RunCallbacks();
  }
  End();
}

void InspectorPool::Impl::Prepare() {
  const std::lock_guard lock(slots_mutex);
  const auto now = Clock::now();
  StartRegular(now);
  Dispatch(now);
  GiveOverdue(now);
  waited = {{wake.get(), POLLIN, 0}};
  heard.clear();
  for (Slot& slot : slots) {
    if (slot.state == Slot::State::kDown) continue;
    waited.push_back({slot.process.socket.get(), POLLIN, 0});
    heard.push_back(&slot);
  }
  sleeps_until = now + Timeout(now);
}

void InspectorPool::Impl::Wait() {
  // What finished meanwhile may have brought something new.
  const auto left = std::chrono::ceil<milliseconds>(sleeps_until - Clock::now());
  const int patience_ms = static_cast<int>(std::max(left, milliseconds(0)).count());
  eventfd_t count = 0;
  if (poll(waited.data(), waited.size(), patience_ms) <= 0) {
    for (pollfd& one : waited) one.revents = 0;
  } else if (waited[0].revents != 0) {
    eventfd_read(wake.get(), &count);
  }
}

void InspectorPool::Impl::Hear() {
  const std::lock_guard lock(slots_mutex);
  for (size_t i = 0; i < heard.size(); ++i) {
    if (waited[i + 1].revents != 0) Hear(*heard[i], Clock::now());
  }
  Expire(Clock::now());
}

void InspectorPool::Impl::RunCallbacks() {
  for (const Finished& one : std::exchange(finished, {})) queue.Finish(one.job, one.outcome);
}

void InspectorPool::Impl::StartRegular(Clock::time_point now) {
  for (size_t i = 0; i < limits.inspectors && now >= next_start; ++i) {
    Slot& slot = slots[i];
    if (slot.state == Slot::State::kIdle && slot.renewal != renewal) Retire(slot);
    if (slot.state == Slot::State::kDown && !Start(slot, now)) return;
  }
}

bool InspectorPool::Impl::Start(Slot& slot, Clock::time_point now) {
  slot.renewal = renewal;
  auto started = starter();
  if (!started) {
    StartFailed(now, started.error());
    return false;
  }
  slot.process = *std::move(started);
  const int flags = fcntl(slot.process.socket.get(), F_GETFL);
  fcntl(slot.process.socket.get(), F_SETFL, flags | O_NONBLOCK);
  slot.state = Slot::State::kStarting;
  slot.deadline = now + kStartPatience;
  return true;
}

void InspectorPool::Impl::StartFailed(Clock::time_point now, const Error& error) {
  ++failed_starts;
  const unsigned doublings = std::min(failed_starts - 1, 10U);
  next_start = now + std::min(kFirstBackOff * (1 << doublings), kMaxBackOff);
  const bool none_left =
      std::ranges::all_of(slots, [](const Slot& slot) { return slot.state == Slot::State::kDown; });
  if (failed_starts < kFailuresUntilGivenUp || !none_left) return;
  const Error why{ErrorCode::kUnsupported, "no inspector can be started: " + error.message};
  while (auto job = queue.Take(Pick::kAny)) finished.push_back({std::move(job), Unexpected(why)});
}

void InspectorPool::Impl::Dispatch(Clock::time_point now) {
  for (size_t i = 0; i < limits.inspectors; ++i) {
    if (slots[i].state != Slot::State::kIdle) continue;
    if (const auto job = queue.Take(slots[i].pick, now)) Give(slots[i], job, now);
  }
}

// False where the thread has to see to it: nothing idle is left for what waits, or something is
// wrong with the inspector, or the thread would not wake in time for the new deadline.
bool InspectorPool::Impl::DispatchNow() {
  const std::unique_lock lock(slots_mutex, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  const auto now = Clock::now();
  for (size_t i = 0; i < limits.inspectors; ++i) {
    Slot& slot = slots[i];
    if (slot.state != Slot::State::kIdle) continue;
    const auto job = queue.Take(slot.pick, now);
    if (job == nullptr) continue;
    // Only now is it known whether the inspector is new enough for this job.
    if (slot.renewal == renewal && Send(slot, job, now)) {
      return slot.deadline >= sleeps_until && !queue.HasWaiting();
    }
    queue.PutBack(job);
    return false;
  }
  return false;
}

bool InspectorPool::Impl::Send(Slot& slot, const JobQueue::JobPointer& job, Clock::time_point now) {
  const int descriptors[] = {job->file.get()};
  if (!SendPacket(slot.process.socket.get(), EncodeRequest(job->request), descriptors)) {
    return false;
  }
  slot.state = Slot::State::kBusy;
  slot.deadline = now + limits.job_timeout;
  slot.job = job;
  return true;
}

void InspectorPool::Impl::Give(Slot& slot, const JobQueue::JobPointer& job, Clock::time_point now) {
  if (slot.renewal != renewal) {
    queue.PutBack(job);
    return Retire(slot);
  }
  if (Send(slot, job, now)) return;
  queue.PutBack(job);
  Lose(slot, now, "it takes no file");
}

// Spare inspectors come when the others are held up, one at a time, and go as soon as they are idle
// and nobody is overdue.
void InspectorPool::Impl::GiveOverdue(Clock::time_point now) {
  Slot* down = nullptr;
  for (size_t i = limits.inspectors; i < slots.size(); ++i) {
    Slot& slot = slots[i];
    if (slot.state == Slot::State::kStarting) return;
    if (slot.state == Slot::State::kDown) down = &slot;
    if (slot.state != Slot::State::kIdle) continue;
    if (const auto job = queue.Take(Pick::kOverdue, now)) {
      Give(slot, job, now);
    } else {
      Retire(slot);
    }
  }
  if (down == nullptr || now < next_start || !queue.HasOverdue(now)) return;
  Start(*down, now);
}

milliseconds InspectorPool::Impl::Timeout(Clock::time_point now) const {
  Clock::time_point next = now + kMaxBackOff;
  for (size_t i = 0; i < slots.size(); ++i) {
    const Slot& slot = slots[i];
    if (slot.state == Slot::State::kStarting || slot.state == Slot::State::kBusy) {
      next = std::min(next, slot.deadline);
    } else if (slot.state == Slot::State::kDown && i < limits.inspectors) {
      next = std::min(next, next_start);
    }
  }
  if (!queue.empty()) next = std::min<Clock::time_point>(next, now + kSparePeriod);
  const auto left = std::chrono::ceil<milliseconds>(next - now);
  return std::max(left, milliseconds(0));
}

void InspectorPool::Impl::Hear(Slot& slot, Clock::time_point now) {
  const auto packet = ReceivePacket(slot.process.socket.get(), kMaxMessageBytes);
  if (!packet) {
    const bool is_gone = packet.error().code == ErrorCode::kNotFound;
    return Lose(slot, now, is_gone ? "the inspector died over the file" : packet.error().message);
  }
  auto message = DecodeFromInspector(packet->bytes);
  if (!message) return Lose(slot, now, message.error().message);
  if (std::holds_alternative<InspectorReady>(*message)) {
    if (slot.state != Slot::State::kStarting)
      return Lose(slot, now, "the inspector spoke out of turn");
    slot.state = Slot::State::kIdle;
    failed_starts = 0;
    return;
  }
  auto& reply = std::get<InspectionReply>(*message);
  if (slot.state != Slot::State::kBusy) return Lose(slot, now, "the inspector spoke out of turn");
  if (const auto checked = CheckReply(slot.job->request, reply); !checked) {
    return Lose(slot, now, checked.error().message);
  }
  HearReply(slot, std::move(reply));
}

void InspectorPool::Impl::HearReply(Slot& slot, InspectionReply reply) {
  slot.state = Slot::State::kIdle;
  slot.has_served = true;
  // What a file's parser says is the file's own failure, never the service's, by whatever code.
  if (!reply.outcome && reply.outcome.error().code == ErrorCode::kUnsupported) {
    reply.outcome.error().code = ErrorCode::kMalformed;
  }
  finished.push_back({std::exchange(slot.job, nullptr), std::move(reply.outcome)});
}

void InspectorPool::Impl::Expire(Clock::time_point now) {
  for (Slot& slot : slots) {
    const bool counts = slot.state == Slot::State::kStarting || slot.state == Slot::State::kBusy;
    if (!counts || now < slot.deadline) continue;
    Lose(slot, now,
         fmt::format(
             "the inspector had no answer for {} ms and was killed",
             (slot.state == Slot::State::kBusy ? limits.job_timeout : kStartPatience).count()));
  }
}

void InspectorPool::Impl::Lose(Slot& slot, Clock::time_point now, const std::string& why) {
  const auto job = std::exchange(slot.job, nullptr);
  // What it served before may have harmed it, or somebody stopped it.
  const bool may_be_anothers_fault = slot.has_served;
  Retire(slot);
  if (job && may_be_anothers_fault && !std::exchange(job->was_tried, true)) {
    queue.PutBack(job);
  } else if (job) {
    finished.push_back({job, Fail(ErrorCode::kIo, why)});
  } else {
    StartFailed(now, {ErrorCode::kIo, "it ended without a file in hand"});
  }
}

void InspectorPool::Impl::Retire(Slot& slot) {
  SignalPidfd(slot.process.pidfd, SIGKILL);
  slot.process = {};
  slot.state = Slot::State::kDown;
  slot.has_served = false;
}

void InspectorPool::Impl::End() {
  queue.Close();
  const Error stopped{ErrorCode::kUnsupported, "the service stops"};
  {
    const std::lock_guard lock(slots_mutex);
    for (Slot& slot : slots) {
      const auto job = std::exchange(slot.job, nullptr);
      Retire(slot);
      if (job) finished.push_back({job, Unexpected(stopped)});
    }
  }
  RunCallbacks();
  queue.FinishWaiting(stopped);
}

InspectorPool::InspectorPool(Starter starter, Limits limits)
    : impl_(std::make_unique<Impl>(std::move(starter), limits)) {
  impl_->thread = std::thread([this] { impl_->Run(); });
}

InspectorPool::~InspectorPool() {
  impl_->stopping = true;
  impl_->Wake();
  impl_->thread.join();
}

Result<void> InspectorPool::Inspect(InspectionJob job, Done done) {
  TRY_VOID(impl_->queue.Add(std::move(job), std::move(done)));
  if (!impl_->DispatchNow()) impl_->Wake();
  return {};
}

void InspectorPool::Renew() {
  ++impl_->renewal;
  impl_->Wake();
}

}  // namespace portcullis::enforcement
