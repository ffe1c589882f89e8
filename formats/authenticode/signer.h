// SPDX-License-Identifier: Apache-2.0
// One SignerInfo of PKCS#7: whose it is and whether it holds. For the .cc files of this folder.
//
// Errors:  kMalformed where a required attribute is missing; kUntrusted where the arithmetic fails.
// Source:  RFC 2315 section 9 (PKCS#7).
#pragma once

#include <string_view>
#include <vector>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {

// The certificate that `signer` names, out of `certificates` (which may be null); null if not
// there.
X509* FindSignerCertificate(const PKCS7_SIGNER_INFO* signer, STACK_OF(X509) * certificates);

// What the SignerInfo signs: `content_type` as its contentType attribute must have it, and bytes.
struct SignedContent {
  std::string_view content_type;
  Bytes bytes;
};
// Checks the content against the messageDigest attribute and the attributes (or, where there are
// none, the content) against the signature.
Result<void> VerifySigner(PKCS7* owner, PKCS7_SIGNER_INFO* signer, X509* certificate,
                          const SignedContent& content);

// Every value of the attributes of this type, as DER; unauthenticated attributes.
std::vector<Bytes> UnauthenticatedValues(const PKCS7_SIGNER_INFO* signer, std::string_view oid);

}  // namespace portcullis::authenticode
