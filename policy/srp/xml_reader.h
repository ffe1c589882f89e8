// SPDX-License-Identifier: Apache-2.0
// Reads the XML form of Software Restriction Policies.
//
// Shape:   bytes (UTF-8 or UTF-16) in, a Policy out; the scope stands in it.
// Limits:  those of policy/srp/model.h and check.h, and of formats/xml/parser.h.
// Errors:  kMalformed and kLimitExceeded, the first one, with line and column. Refused is what the
//          schema refuses, and what CheckPolicy does: two rules of one key, a digest of another
//          size than its algorithm's, a thumbprint that is not the certificate's.
// Threads: pure functions.
// Source:  share/schemas/srp-policy.xsd; docs/formats/srp-xml.md.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

inline constexpr size_t kMaxSrpXmlBytes = size_t{128} << 20;

Result<Policy> ReadSrpXml(Bytes document);

}  // namespace portcullis::srp
