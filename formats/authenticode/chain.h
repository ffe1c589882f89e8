// SPDX-License-Identifier: Apache-2.0
// Whether a certificate leads to a trust anchor. For the .cc files of this folder.
//
// Shape:   a leaf, the certificates that may stand between, the anchors, a purpose and a moment.
// Limits:  kMaxChainDepth.
// Threads: reentrant; the anchors are only read.
// Source:  RFC 5280 section 6 as OpenSSL does it; docs/formats/authenticode.md says what we add
//          (usage along the chain, Windows' minimum strength) and what we take away (OpenSSL's).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {

enum class Usage : uint8_t { kCodeSigning, kTimeStamping };

enum class ChainStatus : uint8_t { kTrusted, kExpired, kUntrusted, kRevoked };

struct ChainResult {
  ChainStatus status = ChainStatus::kUntrusted;
  std::string reason;  // one clause when it is not kTrusted
  // When the answer changes, if time alone can change it: a trusted chain's first end (or the day
  // from which one of it is revoked), or the beginning of one that is not yet valid.
  std::optional<int64_t> changes_at;
};

struct ChainQuestion {
  X509* leaf = nullptr;
  STACK_OF(X509) * intermediates = nullptr;
  const TrustStore* anchors = nullptr;  // none: nothing is trusted
  Usage usage = Usage::kCodeSigning;
  int64_t at = 0;
};
ChainResult VerifyChain(const ChainQuestion& question);

// The certificates from the leaf on towards an anchor, as far as they can be found; the leaf alone
// at least. Nothing is checked: to be shown.
std::vector<X509Ptr> BuildChain(const ChainQuestion& question);

// MD5 or SHA-1, where the administrator refuses signatures that rest on it.
bool IsRefusedDigest(const TrustStore* trust, int nid);

// True when the certificate's extended key usage lists `oid`; a certificate without the extension
// lists none.
bool ListsUsage(X509* certificate, std::string_view oid);

// Seconds since 1970; nullopt for a time that is not written as ASN.1 has it.
std::optional<int64_t> ToUnixTime(const ASN1_TIME* time);

}  // namespace portcullis::authenticode
