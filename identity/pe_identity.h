// SPDX-License-Identifier: Apache-2.0
// The part of Identify that reads PE files.
#pragma once

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/authenticode/signed_data.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// `identity` has kind and size; everything else is filled in here.
Result<void> IdentifyPe(const ByteSource& source, const IdentifyOptions& options,
                        FileIdentity& identity);

// Helpers that the other kinds share: what a signature comes to, given the digest that the file
// really has; a digest as a candidate, and the whole file's own.
void JudgeSignature(const authenticode::SignedData& signature, Bytes digest,
                    const IdentifyOptions& options, FileIdentity& identity);
FileHashCandidate MakeCandidate(HashType type, HashForm form, Bytes digest);
void SetWholeFileDigest(FileIdentity& identity, Bytes sha256);

}  // namespace portcullis
