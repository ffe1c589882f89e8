// SPDX-License-Identifier: Apache-2.0
// Time stamps of an Authenticode signature. For the .cc files of this folder.
//
// Shape:   an unauthenticated attribute of the signer: an RFC 3161 token, or a PKCS#9
//          counter-signature with a signingTime. Both stamp the signer's signature value.
// Limits:  kMaxTimeStamps of each form are tried.
// Errors:  a time stamp that does not hold is none; `reason` says why.
// Source:  RFC 3161; RFC 2985 section 5.3.6; docs/formats/authenticode.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/authenticode/openssl.h"

namespace portcullis::authenticode {

inline constexpr size_t kMaxTimeStamps = 4;

struct TimeStamp {
  std::optional<int64_t> time;  // of the first time stamp that holds
  std::string reason;           // why there is none, if there was one to try
  X509Ptr signer;               // of the one that holds
  std::string_view form;        // "RFC 3161" or "PKCS#9 counter-signature", the same
};

// `owner` is the signature that holds `signer`.
TimeStamp FindTimeStamp(PKCS7* owner, const PKCS7_SIGNER_INFO* signer, const TrustStore* anchors);

}  // namespace portcullis::authenticode
