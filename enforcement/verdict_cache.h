// SPDX-License-Identifier: Apache-2.0
// Verdicts that hold until the policy changes.
//
// Shape:   what a verdict depends on: which state of which file, where it stands, what is done with
//          it, and what rules can see of who asks. The policy's generation is not in the key: each
//          PolicyInForce has a cache of its own, which goes with it.
// Limits:  those given, in verdicts and in bytes (a path may be long); the longest unused goes
// first. Threads: every member may be called from any thread. Source:  docs/enforcement.md.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "enforcement/lru_map.h"
#include "policy/decision.h"
#include "policy/request.h"

namespace portcullis::enforcement {

struct VerdictKey {
  uint64_t file = 0;  // KnownFile::id
  Operation operation = Operation::kExecute;
  std::string place;        // EventPath::Key
  std::string token_class;  // PolicyInForce::ClassOf

  friend bool operator==(const VerdictKey&, const VerdictKey&) = default;
};

struct VerdictKeyHash {
  size_t operator()(const VerdictKey& key) const noexcept;
};

struct KnownVerdict {
  Decision decision;
  // Whatever is done with the file and whoever does it.
  bool allows_everyone = false;
  // The kernel can not be told to ask no more; changes once.
  mutable std::atomic<bool> never_ignored{false};
  // A record of it was made; changes once.
  mutable std::atomic<bool> recorded{false};
};

class VerdictCache {
 public:
  explicit VerdictCache(LruLimits limits) : verdicts_(limits) {}
  std::shared_ptr<const KnownVerdict> Find(const VerdictKey& key);
  void Put(const VerdictKey& key, std::shared_ptr<const KnownVerdict> verdict);

 private:
  std::mutex mutex_;
  LruMap<VerdictKey, std::shared_ptr<const KnownVerdict>, VerdictKeyHash> verdicts_;
};

}  // namespace portcullis::enforcement
