// SPDX-License-Identifier: Apache-2.0
#include "enforcement/verdict_cache.h"

#include "policy/text_hash.h"

namespace portcullis::enforcement {

size_t VerdictKeyHash::operator()(const VerdictKey& key) const noexcept {
  const uint64_t who = HashText(key.token_class) + static_cast<uint64_t>(key.operation);
  return MixHash(MixHash(key.file, who), HashText(key.place));
}

std::shared_ptr<const KnownVerdict> VerdictCache::Find(const VerdictKey& key) {
  const std::lock_guard lock(mutex_);
  const auto* const found = verdicts_.Find(key);
  return found != nullptr ? *found : nullptr;
}

void VerdictCache::Put(const VerdictKey& key, std::shared_ptr<const KnownVerdict> verdict) {
  // The key is in the map and in the list; with what these need for an entry of their own.
  const size_t bytes =
      2 * (sizeof(key) + key.place.size() + key.token_class.size()) + sizeof(KnownVerdict) + 128;
  const std::lock_guard lock(mutex_);
  verdicts_.Put(key, std::move(verdict), bytes);
}

}  // namespace portcullis::enforcement
