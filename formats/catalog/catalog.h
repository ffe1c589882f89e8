// SPDX-License-Identifier: Apache-2.0
// A Windows catalog (.cat): PKCS#7 signed data over a list of the digests of files.
//
// Shape:   Catalog::Parse takes the file apart; TrustList is what is signed, its members one after
//          the other through a callback. The digest in a member's SpcIndirectData is what counts;
//          a member without one, or with one by another algorithm, counts for nothing.
// Limits:  kMaxCatalogBytes, kMaxSignatureBytes, kMaxMembers, kMaxTagBytes, kMaxMemberAttributes.
// Memory is one copy of
//          the file, whatever its members.
// Errors:  kMalformed, kTruncated, kLimitExceeded, with the place. Whether the signature is good is
//          no error: signature()->VerifyOwnContent judges it.
// Lifetime: a signed catalog keeps its own copy of everything; the list of an unsigned one points
//          into the bytes that were parsed.
// Threads: immutable once parsed.
// Source:  docs/formats/catalog.md; the structures are those of [MS-CAESO] and wincrypt.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/authenticode/digest.h"
#include "formats/authenticode/signed_data.h"

namespace portcullis::catalog {

inline constexpr size_t kMaxCatalogBytes = 64 << 20;   // Windows' own largest have some 10 MiB
inline constexpr size_t kMaxSignatureBytes = 1 << 20;  // what is not the list
inline constexpr size_t kMaxMembers = 500'000;
inline constexpr size_t kMaxTagBytes = 1024;
inline constexpr size_t kMaxMemberAttributes = 64;

// One file of the list; the bytes are the list's.
struct Member {
  // Version 2: the digest again. Version 1: that in hexadecimal, or any name, in UTF-16.
  Bytes tag;
  // SHA-1 or SHA-256; empty for a member that counts for nothing.
  Bytes digest;
  authenticode::DigestAlgorithm algorithm = authenticode::DigestAlgorithm::kSha256;
};

class TrustList {
 public:
  // `content` is the CertificateTrustList without its own header. Every member is looked at.
  static Result<TrustList> Parse(Bytes content);

  int version() const { return version_; }     // 1 or 2
  size_t members() const { return members_; }  // all of them
  size_t digests() const { return digests_; }  // of those that count
  void ForEachMember(const std::function<void(const Member&)>& visit) const;

 private:
  Bytes subjects_;
  int version_ = 0;
  size_t members_ = 0;
  size_t digests_ = 0;
};

class Catalog {
 public:
  static Result<Catalog> Parse(Bytes der);

  const TrustList& list() const { return list_; }
  // Null for a catalog that nobody has signed.
  const authenticode::SignedData* signature() const { return signature_ ? &*signature_ : nullptr; }

 private:
  std::optional<authenticode::SignedData> signature_;
  TrustList list_;
};

}  // namespace portcullis::catalog
