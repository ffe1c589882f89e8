// SPDX-License-Identifier: Apache-2.0
#include "enforcement/reader_relay.h"

#include <chrono>

namespace portcullis::enforcement {

uint64_t ReaderRelay::AwaitLead() {
  std::unique_lock lock(mutex_);
  ++standbys_;
  has_standby_ = true;
  lead_is_free_.wait(lock, [this] { return !is_led_ || stopped_; });
  has_standby_ = --standbys_ > 0;
  if (stopped_) return 0;
  is_led_ = true;
  return ++lead_;
}

bool ReaderRelay::BeginLook(int64_t now_ns) {
  if (!has_standby_ || now_ns < pause_until_ns_) return false;
  look_began_ns_ = now_ns;
  looks_.fetch_add(1, std::memory_order_relaxed);
  // Who watches looks for one last look after he said that he will sleep: one of the two sees what
  // the other did.
  if (!is_watched_) WakeWatch();
  return true;
}

void ReaderRelay::EndLook(int64_t began_ns, int64_t now_ns) {
  const int64_t took_ns = now_ns - began_ns;
  if (took_ns > kSlowLookNs) pause_until_ns_ = now_ns + took_ns * kPausesPerLook;
  if (look_began_ns_.compare_exchange_strong(began_ns, 0)) return;
  // Relieved: once this is passed, Leads says so.
  const std::lock_guard lock(mutex_);
}

bool ReaderRelay::Relieve(int64_t now_ns) {
  int64_t began_ns = look_began_ns_;
  if (began_ns == 0 || now_ns - began_ns < kReliefNs) return false;
  {
    const std::lock_guard lock(mutex_);
    if (!look_began_ns_.compare_exchange_strong(began_ns, 0)) return false;
    is_led_ = false;
    ++lead_;
  }
  ++reliefs_;
  lead_is_free_.notify_one();
  return true;
}

void ReaderRelay::WakeWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_watched_ = true;
  }
  watch_wanted_.notify_one();
}

// False: Stop was called.
bool ReaderRelay::SleepUntilThereAreLooks() {
  std::unique_lock lock(mutex_);
  is_watched_ = false;
  if (look_began_ns_ != 0) is_watched_ = true;
  watch_wanted_.wait(lock, [this] { return is_watched_ || stopped_; });
  return !stopped_;
}

// False: Stop was called.
bool ReaderRelay::SleepARound() {
  std::unique_lock lock(mutex_);
  return !watch_wanted_.wait_for(lock, std::chrono::milliseconds(kWatchMs),
                                 [this] { return stopped_; });
}

void ReaderRelay::Watch(const std::function<int64_t()>& monotonic_ns) {
  while (SleepUntilThereAreLooks()) {
    uint64_t seen = looks_;
    for (int quiet = 0; quiet < kQuietRounds; ++quiet) {
      if (!SleepARound()) return;
      Relieve(monotonic_ns());
      if (const uint64_t now = looks_; now != seen || look_began_ns_ != 0) {
        seen = now;
        quiet = 0;
      }
    }
  }
}

void ReaderRelay::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  lead_is_free_.notify_all();
  watch_wanted_.notify_all();
}

}  // namespace portcullis::enforcement
