// SPDX-License-Identifier: Apache-2.0
// A certificate as the registry's certificate stores hold it: the value Blob.
//
// Shape:   records { u32 property, u32 encoding (1), u32 size, bytes } to the end. Property 32 is
//          the certificate's DER, 3 its SHA-1.
// Limits:  the constants below.
// Errors:  kTruncated, kMalformed and kLimitExceeded, with the offset.
// Lifetime: a parsed property views the caller's bytes.
// Threads: pure functions.
// Source:  wincrypt.h (CERT_..._PROP_ID); MS-GPEF 2.2.1.1 and stores as Windows writes them;
//          docs/formats/srp-registry.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::registry {

inline constexpr size_t kMaxCertificateBlobBytes = size_t{1} << 20;
inline constexpr size_t kMaxCertificateProperties = 64;

// Those that a reader looks at, of CERT_..._PROP_ID.
inline constexpr uint32_t kSha1Property = 3;
inline constexpr uint32_t kFriendlyNameProperty = 11;
inline constexpr uint32_t kDescriptionProperty = 13;
inline constexpr uint32_t kDateStampProperty = 27;
inline constexpr uint32_t kCertificateProperty = 32;
// MD5, hash of the signature, key identifiers, hashes of names: what follows from the certificate.
bool FollowsFromCertificate(uint32_t property);

struct CertificateProperty {
  uint32_t id = 0;
  Bytes data;
};

// A property that stands twice is refused.
Result<std::vector<CertificateProperty>> ParseCertificateBlob(Bytes blob);
std::vector<uint8_t> BuildCertificateBlob(std::span<const CertificateProperty> properties);

}  // namespace portcullis::registry
