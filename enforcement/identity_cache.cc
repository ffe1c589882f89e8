// SPDX-License-Identifier: Apache-2.0
#include "enforcement/identity_cache.h"

namespace portcullis::enforcement {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;

bool HasExpired(const KnownFile& file, int64_t now_ns) {
  return file.identity && file.identity->valid_until &&
         now_ns / kNanoseconds > *file.identity->valid_until;
}

}  // namespace

std::shared_ptr<const KnownFile> IdentityCache::Find(const FileKey& key, int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const auto* const found = files_.Find(key);
  if (found == nullptr) return nullptr;
  if (!HasExpired(**found, now_ns)) return *found;
  files_.Erase(key);
  return nullptr;
}

std::shared_ptr<const KnownFile> IdentityCache::Put(const FileKey& key, KnownFile file,
                                                    int64_t now_ns) {
  file.id = next_id_.fetch_add(1, std::memory_order_relaxed);
  auto entry = std::make_shared<const KnownFile>(std::move(file));
  if (HasExpired(*entry, now_ns)) return entry;
  if (!change_time_is_precise_ && now_ns - key.changed_ns < kUnsafeChangeAgeNs) return entry;
  const std::lock_guard lock(mutex_);
  files_.Put(key, entry);
  return entry;
}

void IdentityCache::Clear() {
  const std::lock_guard lock(mutex_);
  files_.Clear();
}

size_t IdentityCache::size() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

}  // namespace portcullis::enforcement
