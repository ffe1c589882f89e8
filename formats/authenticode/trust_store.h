// SPDX-License-Identifier: Apache-2.0
// The certificates that a chain of signatures may end at.
//
// Shape:   a set of X.509 certificates; an empty one trusts nobody. The product ships none
//          (docs/trust-anchors.md).
// Limits:  kMaxTrustBytes a call; kMaxAnchors in all.
// Errors:  kMalformed for broken PEM, with the number of the certificate that could not be read,
//          and for broken DER; kNotFound when the bytes hold no certificate: neither PEM nor an
//          ASN.1 SEQUENCE, an empty file too. A refused call adds nothing. Messages begin with
//          the name.
// Threads: Add from one thread; after that any number may verify against it.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::authenticode {

inline constexpr size_t kMaxTrustBytes = 64 << 20;
inline constexpr size_t kMaxAnchors = 100'000;

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

  size_t size() const;
  bool empty() const { return size() == 0; }

  struct Anchors;  // OpenSSL's side of it; formats/authenticode/openssl.h
  const Anchors& anchors() const { return *anchors_; }

 private:
  std::unique_ptr<Anchors> anchors_;
};

}  // namespace portcullis::authenticode
