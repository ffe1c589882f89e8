// SPDX-License-Identifier: Apache-2.0
// What must hold of a policy beyond its shape, for every form that it is read from or written to.
//
// Errors:  kMalformed and kLimitExceeded: what is wrong, found and allowed; not where, which the
//          caller knows.
// Threads: pure functions.
#pragma once

#include "base/result.h"
#include "policy/srp/model.h"

namespace portcullis::srp {

// In bytes, of a certificate's DER.
inline constexpr size_t kMaxCertificateBytes = size_t{256} << 10;

// Texts within their limits, UTF-8 without NUL; a path that is not empty; of a certificate rule the
// level (Disallowed or Unrestricted), no id, no flags, and a thumbprint that is the certificate's.
Result<void> CheckRule(const Rule& rule);
// Designated types that are not empty, within limits; the log file's name.
Result<void> CheckSettings(const Policy& policy);
// All of it; besides that no two rules are one key in the registry, that they stand in the policy's
// scope, and how many there are.
Result<void> CheckPolicy(const Policy& policy);

// What names a rule's key in the registry: level, kind and id or thumbprint.
std::string KeyOf(const Rule& rule);

}  // namespace portcullis::srp
