// SPDX-License-Identifier: Apache-2.0
// An Authenticode signature: PKCS#7 signed data over a digest of the file.
//
// Shape:   Parse takes the DER apart; Verify judges it against the digest that the file really has,
//          trust anchors and a moment. The first signer counts. Nested signatures are handed out
//          as they stand, each to be parsed and judged like this one.
// Units:   times are seconds since 1970-01-01 UTC.
// Limits:  kMaxCertificates, kMaxNestedSignatures; the caller bounds the size of the DER (memory
// grows with it). Errors:  Parse: kMalformed, kUnsupported, kLimitExceeded. Verify judges, it does
// not fail. Lifetime: SignedData keeps its own copy of everything. Threads: Verify may be called
// from several. Source:  "Windows Authenticode Portable Executable Signature Format"; RFC 2315; RFC
// 3161;
//          docs/formats/authenticode.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/authenticode/asn1.h"
#include "formats/authenticode/description.h"
#include "formats/authenticode/digest.h"
#include "formats/authenticode/trust_store.h"

namespace portcullis::authenticode {

inline constexpr size_t kMaxCertificates = 128;
inline constexpr size_t kMaxNestedSignatures = 16;  // later ones are passed over

// The names in the signer's certificate; empty where the signature does not hold it.
struct SignerNames {
  std::string subject;         // in certificate order
  std::string issuer;          // the same
  std::string publisher_name;  // upper case, for publisher rules
  std::string x500_name;       // the whole subject in reverse, as packages name their publisher
  std::optional<std::array<uint8_t, 20>> thumbprint = {};  // SHA-1 of the certificate
};

// In the order they are tested: the first that holds.
enum class Judgement : uint8_t { kBadDigest, kRevoked, kUntrusted, kExpired, kValid };

struct Verification {
  Judgement judgement = Judgement::kUntrusted;
  std::string reason;                 // one clause when it is not kValid
  std::optional<int64_t> time_stamp;  // of a time stamp that holds
  std::optional<int64_t> changes_at;  // when time alone may change the judgement
  // The signer's certificate lists Windows System Component Verification, and all is well.
  bool is_windows_signed = false;
};

struct VerifyOptions {
  const TrustStore* trust = nullptr;
  int64_t at = 0;
};

// What is signed: the digest of a file, or a list of many files' digests (formats/catalog).
enum class ContentKind : uint8_t { kIndirectData, kTrustList };

class SignedData {
 public:
  static Result<SignedData> Parse(Bytes der, ContentKind kind = ContentKind::kIndirectData);
  SignedData(SignedData&&) noexcept;
  SignedData& operator=(SignedData&&) noexcept;
  ~SignedData();

  // What the signature says that it signs; empty for a trust list.
  const IndirectData& indirect_data() const;
  // The bytes that are signed, without the header of their SEQUENCE; they live as long as this.
  Bytes content() const;
  const SignerNames& names() const;

  // `file_digest` was taken by indirect_data().algorithm.
  Verification Verify(Bytes file_digest, const VerifyOptions& options) const;
  // Of a trust list, which says itself all that it signs; kBadDigest for anything else.
  Verification VerifyOwnContent(const VerifyOptions& options) const;

  // Who signed and stamped and on whose word, good or not: to be shown.
  SignatureDescription Describe(const VerifyOptions& options) const;

  // The DER of the signatures that the first signer's unauthenticated attributes hold, in order.
  // They live as long as this.
  std::vector<Bytes> NestedSignatures() const;

 private:
  Verification VerifyContent(const VerifyOptions& options) const;

  struct State;
  explicit SignedData(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace portcullis::authenticode
