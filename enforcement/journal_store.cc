// SPDX-License-Identifier: Apache-2.0
#include "enforcement/journal_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>

#include "enforcement/event_of.h"

namespace portcullis::enforcement {
namespace {

constexpr size_t kMaxRepeats = 4096;    // a write
constexpr size_t kBytesOfRepeats = 64;  // each, as the store counts them

}  // namespace

using eventlog::Event;
using eventlog::EventId;
using eventlog::EventStore;

JournalStore::JournalStore(std::string path, eventlog::StoreLimits limits,
                           JournalCounters& counters)
    : path_(std::move(path)), limits_(limits), counters_(counters) {}

std::string JournalStore::Add(Event event, int64_t now_ns) {
  std::string request_id = event.request_id;
  if (const auto first = folding_.Fold(event)) {
    Repeat(*first, event, now_ns);
    request_id = first->request_id;
  } else {
    Keep(std::move(event), now_ns);
  }
  Count();
  return request_id;
}

void JournalStore::Keep(Event event, int64_t now_ns) {
  const bool is_own = !event.decision;  // few, and they say what went wrong
  if (pending_.size() >= kMaxKept && !is_own) {
    folding_.Forget(event);
    return counters_.Lose(event.count);
  }
  if (is_empty()) oldest_ns_ = now_ns;
  if (!event.request_id.empty()) waiting_.emplace(event.request_id, pending_.size());
  in_hand_ += event.count;
  pending_.push_back(std::move(event));
}

void JournalStore::Repeat(const eventlog::EventFolding::First& first, const Event& event,
                          int64_t now_ns) {
  if (first.sequence == 0) {
    const auto place = waiting_.find(first.request_id);
    // An unresolved user has none, and is not missed.
    if (place == waiting_.end()) return counters_.Lose(event.decision ? event.count : 0);
    Event& kept = pending_[place->second];
    in_hand_ += event.count;
    kept.count += event.count;
    kept.last_time_ns = std::max(kept.last_time_ns, event.last_time_ns);
    return;
  }
  if (is_empty()) oldest_ns_ = now_ns;
  EventStore::Repeat& repeat = repeats_[first.sequence];
  repeat.sequence = first.sequence;
  repeat.count += event.count;
  in_hand_ += event.count;
  repeat.last_time_ns = std::max(repeat.last_time_ns, event.last_time_ns);
}

bool JournalStore::IsDue(int64_t now_ns) const {
  if (now_ns < not_before_ns_) return false;
  if (is_empty()) return counters_.lost > 0 || now_ns - written_ns_ >= kIdleTrimNs;
  return pending_.size() + repeats_.size() >= kMaxBatch || now_ns - oldest_ns_ >= kBatchPeriodNs;
}

Result<void> JournalStore::Open() {
  if (store_ && store_->WasReplaced()) {
    store_.reset();
    ForgetStore();
  }
  if (!store_) store_.emplace(TRY(EventStore::OpenForWriting(path_, limits_)));
  return {};
}

std::vector<JournalStore::EventPointer> JournalStore::Write(int64_t now_ns) {
  std::vector<EventPointer> fresh;
  if (const auto opened = Open(); !opened) {
    Failed(opened.error(), now_ns);
    Feed(pending_.size(), fresh);
    return fresh;
  }
  TakeNews(now_ns);
  if (is_empty()) TrimWhileIdle(now_ns);
  while (!is_empty()) {
    const size_t count = BatchSize();
    const auto repeats = Repeats();
    const auto written = store_->Write(std::span(pending_).first(count), repeats);
    if (!written) {
      Failed(written.error(), now_ns);
      Feed(pending_.size(), fresh);
      break;
    }
    for (size_t i = 0; i < count; ++i) pending_[i].sequence = written->first_sequence + i;
    Feed(count, fresh);
    for (const EventStore::Repeat& repeat : repeats) {
      in_hand_ -= repeat.count;
      repeats_.erase(repeat.sequence);
    }
    counters_.Lose(written->missed_repeats);
    Stored(count, now_ns);
    TellTrimmed(written->trimmed, now_ns);
  }
  Count();
  return fresh;
}

// What the store and the counters have to say, as events.
void JournalStore::TakeNews(int64_t now_ns) {
  TellSetAside(now_ns);
  if (retry_ns_ != 0) return;  // not before it is known to work
  // It stays in the counter until it is stored: who is killed in between loses no count.
  const uint64_t lost = counters_.lost - telling_;
  if (lost == 0) return;
  telling_ += lost;
  told_.push_back(lost);
  AddOwn(EventId::kRecordsLost, fmt::format("{} records could not be stored", lost), now_ns);
}

void JournalStore::TellSetAside(int64_t now_ns) {
  const auto why = store_->TakeSetAside();
  if (!why) return;
  ForgetStore();
  AddOwn(EventId::kStoreSetAside, *why, now_ns);
}

// As many as the store takes at once.
size_t JournalStore::BatchSize() const {
  size_t bytes = 0;
  size_t count = 0;
  for (; count < std::min(pending_.size(), kMaxBatch); ++count) {
    bytes += eventlog::StoredBytes(pending_[count]);
    if (bytes > eventlog::kMaxBatchBytes - kMaxRepeats * kBytesOfRepeats && count > 0) break;
  }
  return count;
}

std::vector<EventStore::Repeat> JournalStore::Repeats() const {
  std::vector<EventStore::Repeat> repeats;
  for (const auto& [sequence, repeat] : repeats_) {
    if (repeats.size() == kMaxRepeats) break;
    repeats.push_back(repeat);
  }
  return repeats;
}

void JournalStore::Stored(size_t count, int64_t now_ns) {
  for (const Event& event : std::span(pending_).first(count)) {
    folding_.Stored(event, event.sequence);
    in_hand_ -= event.count;
    if (event.id == EventId::kRecordsLost) Told();
  }
  counters_.stored += count;
  if (const auto bytes = store_->Bytes()) counters_.store_bytes = *bytes;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(count));
  waiting_.clear();
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (!pending_[i].request_id.empty()) waiting_.emplace(pending_[i].request_id, i);
  }
  fed_ -= count;
  written_ns_ = now_ns;
  not_before_ns_ = 0;
  if (std::exchange(retry_ns_, 0) != 0) {
    AddOwn(EventId::kNote, "the event store works again", now_ns);
    TakeNews(now_ns);
  }
}

void JournalStore::Told() {
  counters_.lost -= told_.front();
  telling_ -= told_.front();
  told_.pop_front();
}

void JournalStore::Failed(const Error& error, int64_t now_ns) {
  ++counters_.failed_writes;
  // Opened anew for the next try: whatever is wrong with the file is found then.
  if (store_) TellSetAside(now_ns);
  store_.reset();
  if (retry_ns_ == 0) {
    AddOwn(EventId::kNote, "the event store takes nothing: " + error.message, now_ns);
  }
  retry_ns_ = retry_ns_ == 0 ? kFirstRetryNs : std::min(retry_ns_ * 2, kMaxRetryNs);
  not_before_ns_ = now_ns + retry_ns_;
}

// Its numbers are gone, and so are the firsts that repeats would be added to.
void JournalStore::ForgetStore() {
  for (const auto& [sequence, repeat] : repeats_) {
    counters_.Lose(repeat.count);
    in_hand_ -= repeat.count;
  }
  repeats_.clear();
  folding_.ForgetAll();
}

// A quiet host's events grow old as well.
void JournalStore::TrimWhileIdle(int64_t now_ns) {
  const auto written = store_->Write({}, {});
  if (!written) return Failed(written.error(), now_ns);
  written_ns_ = now_ns;
  TellTrimmed(written->trimmed, now_ns);
}

void JournalStore::TellTrimmed(uint64_t count, int64_t now_ns) {
  trimmed_ += count;
  if (trimmed_ == 0 || (trim_news_ns_ != 0 && now_ns - trim_news_ns_ < kTrimNewsNs)) return;
  trim_news_ns_ = now_ns;
  AddOwn(EventId::kStoreTrimmed,
         fmt::format("the {} oldest events went, for age or size", std::exchange(trimmed_, 0)),
         now_ns);
}

void JournalStore::AddOwn(EventId id, std::string text, int64_t now_ns) {
  Keep(MakeServiceEvent(id, std::move(text)), now_ns);
}

// Each is handed on once, of the first `count` that are waiting.
void JournalStore::Feed(size_t count, std::vector<EventPointer>& fresh) {
  for (; fed_ < count; ++fed_) fresh.push_back(std::make_shared<const Event>(pending_[fed_]));
}

void JournalStore::Count() { counters_.in_hand = in_hand_; }

}  // namespace portcullis::enforcement
