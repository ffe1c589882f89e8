// SPDX-License-Identifier: Apache-2.0
// Certificates in words. For the .cc files of this folder.
#pragma once

#include <string>

#include "formats/authenticode/description.h"
#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {

CertificateDescription DescribeCertificate(X509* certificate);

// OpenSSL's short name, or the number where it has none.
std::string DigestName(const ASN1_OBJECT* algorithm);

}  // namespace portcullis::authenticode
