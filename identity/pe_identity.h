// SPDX-License-Identifier: Apache-2.0
// The part of Identify that reads PE files.
#pragma once

#include "base/byte_source.h"
#include "base/result.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// `identity` has kind and size; everything else is filled in here.
Result<void> IdentifyPe(const ByteSource& source, const IdentifyOptions& options,
                        FileIdentity& identity);

// Helpers that the other kinds share: a digest as a candidate, and the whole file's own.
FileHashCandidate MakeCandidate(HashType type, HashForm form, Bytes digest);
void SetWholeFileDigest(FileIdentity& identity, Bytes sha256);

}  // namespace portcullis
