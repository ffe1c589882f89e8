// SPDX-License-Identifier: Apache-2.0
#include "eventlog/event_folding.h"

#include <algorithm>

#include "eventlog/event_hash.h"
#include "eventlog/recent_hashes.h"

namespace portcullis::eventlog {
namespace {

bool CanRepeat(const Event& event) {
  return event.decision.has_value() || event.id == EventId::kUserUnresolved;
}

// Apart by less than `window`, whichever way a clock was set.
bool IsWithin(int64_t first_ns, int64_t time_ns, int64_t window_ns) {
  const auto [earlier, later] = std::minmax(first_ns, time_ns);
  return static_cast<uint64_t>(later) - static_cast<uint64_t>(earlier) <
         static_cast<uint64_t>(window_ns);
}

}  // namespace

struct EventFolding::Impl {
  struct Remembered {
    int64_t time_ns = 0;
    First first;
  };

  Impl(std::chrono::seconds window, size_t most)
      : window_ns(std::chrono::nanoseconds(window).count()), recent(most) {}

  const int64_t window_ns;
  const HashKey key = RandomHashKey();
  RecentHashes<Remembered> recent;
};

EventFolding::EventFolding(std::chrono::seconds window, size_t most)
    : impl_(std::make_unique<Impl>(window, most)) {}
EventFolding::EventFolding(EventFolding&&) noexcept = default;
EventFolding& EventFolding::operator=(EventFolding&&) noexcept = default;
EventFolding::~EventFolding() = default;

std::optional<EventFolding::First> EventFolding::Fold(const Event& event) {
  if (!CanRepeat(event)) return std::nullopt;
  const Hash128 hash = HashForFolding(event, impl_->key);
  Impl::Remembered* const known = impl_->recent.Find(hash);
  if (known == nullptr) {
    impl_->recent.Put(hash, {event.time_ns, {0, event.request_id}});
    return std::nullopt;
  }
  if (IsWithin(known->time_ns, event.time_ns, impl_->window_ns)) return known->first;
  *known = {event.time_ns, {0, event.request_id}};
  return std::nullopt;
}

void EventFolding::Stored(const Event& event, uint64_t sequence) {
  if (!CanRepeat(event)) return;
  Impl::Remembered* const known = impl_->recent.Find(HashForFolding(event, impl_->key));
  if (known != nullptr) known->first.sequence = sequence;
}

void EventFolding::Forget(const Event& event) {
  if (CanRepeat(event)) impl_->recent.Erase(HashForFolding(event, impl_->key));
}

void EventFolding::ForgetAll() { impl_->recent.Clear(); }

}  // namespace portcullis::eventlog
