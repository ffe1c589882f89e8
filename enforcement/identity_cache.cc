// SPDX-License-Identifier: Apache-2.0
#include "enforcement/identity_cache.h"

#include <algorithm>
#include <utility>

namespace portcullis::enforcement {
namespace {

bool HasExpired(const FileIdentity& identity, UnixTime now_s) {
  return identity.valid_until && now_s > *identity.valid_until;
}

// Texts that are for people would let whoever has many files fill the memory.
FileIdentity WhatRulesAskFor(FileIdentity identity) {
  identity.version_info.reset();
  identity.package.reset();
  identity.defect = {};
  SignatureReport signature;
  signature.status = identity.signature.status;
  signature.is_windows_signed = identity.signature.is_windows_signed;
  signature.signer_thumbprint = identity.signature.signer_thumbprint;
  identity.signature = std::move(signature);
  identity.signatures = {};
  identity.hashes.shrink_to_fit();
  return identity;
}

// With what the containers need for an entry of their own.
size_t BytesOf(const FileIdentity& identity) {
  size_t bytes = sizeof(KnownFile) + 2 * sizeof(FileKey) + 128;
  bytes += identity.hashes.capacity() * sizeof(FileHashCandidate);
  if (identity.publisher) {
    bytes += identity.publisher->publisher.capacity() + identity.publisher->product.capacity() +
             identity.publisher->binary.capacity();
  }
  return bytes;
}

bool IsSameHash(const FileHashCandidate& a, const FileHashCandidate& b) {
  return a.digest == b.digest && a.form == b.form;
}

// The same rules match both, and until the same moment.
bool IsSame(const FileIdentity& a, const FileIdentity& b) {
  return a.kind == b.kind && a.sha256 == b.sha256 && a.unknown == b.unknown &&
         a.publisher == b.publisher && a.valid_until == b.valid_until &&
         a.signature.is_windows_signed == b.signature.is_windows_signed &&
         a.signature.status == b.signature.status &&
         a.signature.signer_thumbprint == b.signature.signer_thumbprint && a.size == b.size &&
         a.flat_md5 == b.flat_md5 && a.flat_sha1 == b.flat_sha1 &&
         std::ranges::equal(a.hashes, b.hashes, IsSameHash);
}

bool IsSameFinding(const KnownFile& a, const KnownFile& b) {
  return a.evidence->key == b.evidence->key &&
         a.evidence->is_root_only == b.evidence->is_root_only && IsSame(a.identity, b.identity);
}

}  // namespace

std::shared_ptr<const KnownFile> IdentityCache::Find(const IdentityEvidence& wanted,
                                                     UnixTime now_s) {
  const std::lock_guard lock(mutex_);
  const auto* const found = files_.Find(wanted.key);
  if (found == nullptr || !(*found)->evidence->Covers(wanted)) return nullptr;
  return HasExpired((*found)->identity, now_s) ? nullptr : *found;
}

std::shared_ptr<const KnownFile> IdentityCache::Put(const IdentityEvidence& evidence,
                                                    FileIdentity identity) {
  auto entry = std::make_shared<KnownFile>();
  entry->identity = WhatRulesAskFor(std::move(identity));
  entry->evidence = evidence;
  const std::lock_guard lock(mutex_);
  const auto* const former = files_.Find(evidence.key);
  const bool is_same = former != nullptr && IsSameFinding(**former, *entry);
  entry->id = is_same ? (*former)->id : ++last_id_;
  files_.Put(evidence.key, entry, BytesOf(entry->identity));
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

size_t IdentityCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return files_.bytes();
}

}  // namespace portcullis::enforcement
