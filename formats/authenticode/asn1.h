// SPDX-License-Identifier: Apache-2.0
// The two structures of signatures that OpenSSL offers no parser for.
//
// Shape:   SpcIndirectDataContent, what an Authenticode signature says it signs:
//          SEQUENCE { SEQUENCE { type OID, value ANY OPTIONAL }, DigestInfo }.
//          SigningCertificate, whose certificate a time stamp's signature says it is by:
//          SEQUENCE { SEQUENCE OF SEQUENCE { hash algorithm OPTIONAL, hash, ANY OPTIONAL }, ... }.
// Errors:  kMalformed for other bytes, for bytes behind it; kUnsupported for a digest algorithm
//          that is none of DigestAlgorithm's.
// Source:  "Windows Authenticode Portable Executable Signature Format"; RFC 2634 and RFC 5035.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/authenticode/digest.h"

namespace portcullis::authenticode {

struct IndirectData {
  std::string type_oid;  // should be 1.3.6.1.4.1.311.2.1.15 for PE; sbsign writes another
  DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
  std::vector<uint8_t> digest;
  std::vector<uint8_t> type_value = {};  // the DER behind type_oid, if that is a SEQUENCE
};

Result<IndirectData> ParseIndirectData(Bytes der);

// The first certificate that a SigningCertificate (either version) names: the signer's own.
struct CertificateId {
  DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
  std::vector<uint8_t> digest;
};
Result<CertificateId> ParseSigningCertificate(Bytes der, DigestAlgorithm default_algorithm);

}  // namespace portcullis::authenticode
