// SPDX-License-Identifier: Apache-2.0
// Whether a certificate was taken back: by its authority's revocation lists, or by the
// administrator. For the .cc files of this folder.
//
// Shape:   a certificate, who issued it, a moment. Lists that the issuer's key did not sign say
//          nothing; an old list still says what it says, and none says nothing.
// Threads: reentrant; the store is only read.
// Source:  RFC 5280 section 5; docs/formats/authenticode.md "Revocation".
#pragma once

#include <cstdint>
#include <optional>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {

unsigned long NameHash(const X509_NAME* name);

// When `certificate` was revoked, by the earliest of the lists; nullopt where none lists it.
// `issuer` signed it.
std::optional<int64_t> FindRevocation(const TrustStore& trust, X509* certificate, X509* issuer);

bool IsDisallowed(const TrustStore& trust, const X509* certificate);

}  // namespace portcullis::authenticode
