// SPDX-License-Identifier: Apache-2.0
#include "enforcement/decision_log.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <utility>

namespace portcullis::enforcement {
namespace {

// Which files were recorded as allowed under the policy in force. 64 bits stand for a file: a
// collision costs a record of an allowed run.
class Recorded {
 public:
  bool Contains(const DecisionRecord& record) const {
    return record.generation == generation_ && files_.contains(KeyOf(record));
  }
  void Add(const DecisionRecord& record) {
    // A decision of a former policy may come late: it is recorded, and not remembered.
    if (record.generation < generation_) return;
    if (record.generation > generation_ || files_.size() >= kMaxRemembered) files_.clear();
    generation_ = record.generation;
    files_.insert(KeyOf(record));
  }

 private:
  static uint64_t KeyOf(const DecisionRecord& record) {
    const std::hash<std::string_view> hash;
    uint64_t key = hash(record.file.path);
    key = key * 0x9E37'79B9'7F4A'7C15 + (record.file.sha256 ? hash(*record.file.sha256) : 0);
    // A #! script is executed, and opened by its interpreter: the collection tells it once.
    const uint64_t collection =
        record.collection ? static_cast<uint64_t>(*record.collection) + 1 : 0;
    return key * 0x9E37'79B9'7F4A'7C15 + collection;
  }

  uint64_t generation_ = 0;
  std::unordered_set<uint64_t> files_;
};

}  // namespace

struct DecisionLog::Impl {
  Impl(Sink to, RecordAllowed which, size_t limit)
      : sink(std::move(to)), allowed(which), capacity(limit) {}

  bool IsWanted(const DecisionRecord& record) const {
    if (IsDenial(record.verdict) || record.blocked) return true;
    // Opens are looked at for one collection's sake; of another without rules there is nothing to
    // say.
    if (record.operation != Operation::kExecute && record.reason == Reason::kNoRules) return false;
    if (allowed == RecordAllowed::kEvery) return true;
    return allowed == RecordAllowed::kOnce && !recorded.Contains(record);
  }

  // Hands over what is queued until there is nothing left and the log ends.
  void Run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return !queue.empty() || lost > 0 || !note.empty() || stopping; });
      if (queue.empty() && lost == 0 && note.empty()) return;
      const std::deque<DecisionRecord> batch = std::exchange(queue, {});
      const uint64_t lost_now = std::exchange(lost, 0);
      const std::string note_now = std::exchange(note, {});
      lock.unlock();
      for (const DecisionRecord& record : batch) sink.record(record);
      if (lost_now > 0) sink.lost(lost_now);
      if (!note_now.empty() && sink.note) sink.note(note_now);
      lock.lock();
    }
  }

  const Sink sink;
  const RecordAllowed allowed;
  const size_t capacity;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<DecisionRecord> queue;
  Recorded recorded;
  std::string note;      // not yet said
  uint64_t lost = 0;     // not yet said
  uint64_t dropped = 0;  // in all
  bool stopping = false;
  std::thread thread;
};

DecisionLog::DecisionLog(Sink sink, RecordAllowed allowed, size_t capacity)
    : impl_(std::make_unique<Impl>(std::move(sink), allowed, capacity)) {
  impl_->thread = std::thread([this] { impl_->Run(); });
}

DecisionLog::~DecisionLog() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void DecisionLog::Push(DecisionRecord record) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (!impl_->IsWanted(record)) return;
    if (impl_->queue.size() >= impl_->capacity) {
      ++impl_->lost;
      ++impl_->dropped;
      return;
    }
    if (impl_->allowed == RecordAllowed::kOnce && !IsDenial(record.verdict)) {
      impl_->recorded.Add(record);
    }
    impl_->queue.push_back(std::move(record));
  }
  impl_->changed.notify_one();
}

void DecisionLog::Lose(uint64_t count) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->lost += count;
    impl_->dropped += count;
  }
  impl_->changed.notify_one();
}

void DecisionLog::Note(std::string text) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->note = std::move(text);
  }
  impl_->changed.notify_one();
}

uint64_t DecisionLog::dropped() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->dropped;
}

}  // namespace portcullis::enforcement
