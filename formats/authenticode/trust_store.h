// SPDX-License-Identifier: Apache-2.0
// The certificates that a chain of signatures may end at, and what was taken back since.
//
// Shape:   a set of X.509 certificates; an empty one trusts nobody. The product ships none
//          (docs/trust-anchors.md). Beside it revocation lists of authorities, and certificates
//          that are not trusted whatever they lead to.
// Limits:  kMaxTrustBytes a call; kMaxAnchors, kMaxRevocationLists and kMaxDisallowed in all.
// Errors:  kMalformed for broken PEM, with the number of the certificate that could not be read,
//          and for broken DER; kNotFound when the bytes hold no certificate (or list): neither PEM
//          nor an ASN.1 SEQUENCE, an empty file too. kUnsupported for a revocation list with a
//          critical extension that is not known, and for an indirect one. A refused call adds
//          nothing. Messages begin with the name.
// Threads: Add from one thread; after that any number may verify against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::authenticode {

inline constexpr size_t kMaxTrustBytes = 64 << 20;
inline constexpr size_t kMaxAnchors = 100'000;
inline constexpr size_t kMaxRevocationLists = 10'000;
inline constexpr size_t kMaxDisallowed = 100'000;

// Digests that a signature may not rest on: its own, and those of the certificates below the
// anchor. What is always refused stands in docs/formats/authenticode.md.
enum class WeakDigests : uint8_t { kAccept, kRefuseMd5, kRefuseSha1 };  // the last: MD5 too

class TrustStore {
 public:
  TrustStore();
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  // Adds every certificate in `bytes`: any number in PEM (text between them is passed over, other
  // kinds of blocks too), or one in DER. `name` is for messages (a file name). Returns how many
  // the bytes held; one that is there already is not added twice.
  Result<size_t> Add(Bytes bytes, std::string_view name);

  // Adds every revocation list (RFC 5280) in `bytes`: any number in PEM, or one in DER.
  Result<size_t> AddRevocationLists(Bytes bytes, std::string_view name);

  // As Add, of certificates that must not stand in any chain, as Windows' store "Disallowed" has.
  Result<size_t> Disallow(Bytes bytes, std::string_view name);

  void set_weak_digests(WeakDigests weak);
  WeakDigests weak_digests() const;

  // Of anchors.
  size_t size() const;
  bool empty() const { return size() == 0; }

  struct Anchors;  // OpenSSL's side of it; formats/authenticode/openssl.h
  const Anchors& anchors() const { return *anchors_; }

 private:
  std::unique_ptr<Anchors> anchors_;
};

}  // namespace portcullis::authenticode
