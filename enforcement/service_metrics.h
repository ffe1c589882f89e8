// SPDX-License-Identifier: Apache-2.0
// The page on which gate and supervisor count, and from which the control process reads.
//
// Shape:   a place for each api::Metric, the latencies, and the policy in force as text. The maker
//          maps it twice: to write, and for good to read only (MapReadOnly below).
// Limits:  api::kMaxPolicyBytes of the policy's lines, kMaxRefusedText of why a reload was refused.
// Errors:  a text that is being written is read as what it was, or, after kReadTries, as none.
// Lifetime: as SharedState: the counters outlive every gate and supervisor.
// Threads: any thread of any process; each text has one writer at a time. Counting takes no lock:
//          one relaxed addition to a cache line that holds nothing else.
// Source:  docs/metrics.md.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/service_status.h"
#include "base/result.h"
#include "enforcement/shared_state.h"

namespace portcullis::enforcement {

inline constexpr size_t kMaxRefusedText = 4000;
inline constexpr int kReadTries = 1000;

// A text that readers find whole, whoever dies while writing it.
template <size_t kBytes>
class SharedText {
 public:
  void Set(std::string_view text) {
    const uint32_t turn = turn_.load(std::memory_order_relaxed) | 1;  // odd: being written
    turn_.store(turn, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    const size_t size = text.size() < kBytes ? text.size() : kBytes;
    size_.store(size, std::memory_order_relaxed);
    for (size_t i = 0; i < size; ++i) bytes_[i].store(text[i], std::memory_order_relaxed);
    turn_.store(turn + 1, std::memory_order_release);
  }
  std::string Get() const {
    for (int i = 0; i < kReadTries; ++i) {
      const uint32_t turn = turn_.load(std::memory_order_acquire);
      if (turn % 2 != 0) continue;
      const size_t size = size_.load(std::memory_order_relaxed);
      std::string text(size < kBytes ? size : kBytes, '\0');
      for (size_t at = 0; at < text.size(); ++at) {
        text[at] = bytes_[at].load(std::memory_order_relaxed);
      }
      std::atomic_thread_fence(std::memory_order_acquire);
      if (turn_.load(std::memory_order_relaxed) == turn) return text;
    }
    return "";
  }

 private:
  std::atomic<uint32_t> turn_{0};
  std::atomic<size_t> size_{0};
  std::array<std::atomic<char>, kBytes> bytes_{};
};

class ServiceMetrics {
 public:
  void Add(api::Metric metric, uint64_t count = 1) {
    At(metric).fetch_add(count, std::memory_order_relaxed);
  }
  void Set(api::Metric metric, uint64_t value) {
    At(metric).store(value, std::memory_order_relaxed);
  }
  // The most there was; one writer at a time.
  void Raise(api::Metric metric, uint64_t value) {
    if (value > At(metric).load(std::memory_order_relaxed)) Set(metric, value);
  }
  void AddLatency(int64_t ns);
  void SetPolicy(const api::PolicyStatus& policy) { policy_.Set(api::EncodePolicy(policy)); }
  // Why the last reload was; empty: it was not.
  void SetRefused(std::string_view why) { refused_.Set(why); }

  api::ServiceStatus Read() const;

 private:
  // Apart, so that who counts one thing keeps nobody waiting who counts another.
  struct alignas(64) Place {
    std::atomic<uint64_t> value{0};
  };
  std::atomic<uint64_t>& At(api::Metric metric) {
    return values_[static_cast<size_t>(metric)].value;
  }

  std::array<Place, api::kMetrics> values_;
  std::array<Place, api::kLatencyBuckets> latency_;
  Place latency_sum_ns_;
  SharedText<api::kMaxPolicyBytes> policy_;
  SharedText<kMaxRefusedText> refused_;
};

// Counts, where there is a page to count on.
struct Meter {
  ServiceMetrics* page = nullptr;

  void Add(api::Metric metric, uint64_t count = 1) const {
    if (page != nullptr && count > 0) page->Add(metric, count);
  }
  void Set(api::Metric metric, uint64_t value) const {
    if (page != nullptr) page->Set(metric, value);
  }
  void Raise(api::Metric metric, uint64_t value) const {
    if (page != nullptr) page->Raise(metric, value);
  }
};

struct MetricsPages {
  ServiceMetrics* written = nullptr;
  // The same memory; no process can make this mapping of it writable again.
  const ServiceMetrics* read = nullptr;
};
Result<MetricsPages> MapMetrics();

}  // namespace portcullis::enforcement
