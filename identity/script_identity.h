// SPDX-License-Identifier: Apache-2.0
// The part of Identify that reads the signatures of scripts.
#pragma once

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/script/script.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// `identity` is filled but for `signature` and what follows from it: the publisher (no product, no
// binary name, version 0.0.0.0), the defect and when to look again.
Result<void> ReadScriptSignature(const ByteSource& source, script::SignatureForm form,
                                 const IdentifyOptions& options, FileIdentity& identity);

}  // namespace portcullis
