// SPDX-License-Identifier: Apache-2.0
#include "enforcement/journal_writer.h"

#include <fmt/core.h>
#include <poll.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>

#include "enforcement/event_of.h"
#include "enforcement/socket_message.h"

namespace portcullis::enforcement {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How often a thread that waits for room looks whether it should end.
constexpr milliseconds kLook{100};

}  // namespace

struct JournalWriter::Impl {
  explicit Impl(const JournalLink& to) : link(to) {}

  void Enqueue(const eventlog::Event& event);
  void Run();
  std::string TakePacket(uint64_t& count);
  bool Send(const std::string& packet);
  bool IsOver() const { return stopping && Clock::now() >= ends_at; }

  const JournalLink& link;
  eventlog::RequestIds ids;
  std::unordered_set<uint32_t> told_users;

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> waiting;  // encoded
  size_t waiting_bytes = 0;
  std::atomic<bool> stopping{false};
  Clock::time_point ends_at;
  std::thread thread;
};

void JournalWriter::Impl::Enqueue(const eventlog::Event& event) {
  std::string encoded = EncodeEvent(event);
  {
    const std::lock_guard lock(mutex);
    if (waiting_bytes + encoded.size() > kMaxWaitingBytes) return link.counters->Lose(1);
    waiting_bytes += encoded.size();
    waiting.push_back(std::move(encoded));
    ++link.counters->in_gate;
  }
  changed.notify_one();
}

// Empty once nothing is left and the writer ends.
std::string JournalWriter::Impl::TakePacket(uint64_t& count) {
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return !waiting.empty() || stopping; });
  std::string packet;
  for (count = 0; !waiting.empty() && AppendEvent(packet, waiting.front()); ++count) {
    waiting_bytes -= waiting.front().size();
    waiting.pop_front();
  }
  return packet;
}

bool JournalWriter::Impl::Send(const std::string& packet) {
  while (!SendPacket(link.writer.get(), AsBytes(packet))) {
    if (IsOver()) return false;
    pollfd waited{link.writer.get(), POLLOUT, 0};
    // The socket has room for something, but not for this: it would not sleep.
    if (poll(&waited, 1, static_cast<int>(kLook.count())) > 0) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  return true;
}

void JournalWriter::Impl::Run() {
  uint64_t count = 0;
  for (std::string packet = TakePacket(count); count > 0; packet = TakePacket(count)) {
    const bool is_sent = Send(packet);
    link.counters->in_gate -= count;
    if (!is_sent) link.counters->Lose(count);
  }
}

JournalWriter::JournalWriter(const JournalLink& link) : impl_(std::make_unique<Impl>(link)) {
  impl_->thread = std::thread([this] { impl_->Run(); });
}

JournalWriter::~JournalWriter() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->ends_at = Clock::now() + kLastWordsPatience;
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void JournalWriter::Add(const DecisionRecord& record) {
  impl_->Enqueue(EventOf(record, impl_->ids));
  if (!record.process.uid || !record.process.user.empty() ||
      impl_->told_users.size() >= kMaxToldUsers ||
      !impl_->told_users.insert(*record.process.uid).second) {
    return;
  }
  const std::string sid =
      record.process.user_sid ? record.process.user_sid->ToString() : "its own SID";
  impl_->Enqueue(
      MakeServiceEvent(eventlog::EventId::kUserUnresolved,
                       fmt::format("uid {} has no account: it is judged as {} and Everyone",
                                   *record.process.uid, sid),
                       record.generation));
}

void JournalWriter::Note(const std::string& text) {
  impl_->Enqueue(MakeServiceEvent(eventlog::EventId::kNote, text));
}

void JournalWriter::Lose(uint64_t count) { impl_->link.counters->Lose(count); }

}  // namespace portcullis::enforcement
