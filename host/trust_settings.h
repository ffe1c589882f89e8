// SPDX-License-Identifier: Apache-2.0
// How strictly signatures are taken: trust.conf beside the certificates.
//
// Shape:   lines `NAME = VALUE`; `#` begins a comment line. There is one name:
//              weak-digests = accept | refuse-md5 | refuse-sha1
// Limits:  those of config_lines.h.
// Errors:  kMalformed with the line: an unknown name or value, a repeated name.
// Threads: a value.
// Source:  docs/trust-anchors.md.
#pragma once

#include <string_view>

#include "base/result.h"
#include "formats/authenticode/trust_store.h"

namespace portcullis {

struct TrustSettings {
  authenticode::WeakDigests weak_digests = authenticode::WeakDigests::kAccept;

  static Result<TrustSettings> Parse(std::string_view text);
};

}  // namespace portcullis
