// SPDX-License-Identifier: Apache-2.0
// The parts of Identify that have to do with catalogs: reading one, and asking those of the host.
#pragma once

#include "base/byte_source.h"
#include "base/result.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// The signature and the list of a file that is a catalog; its hashes are taken by the caller.
Result<void> IdentifyCatalog(const ByteSource& source, const IdentifyOptions& options,
                             FileIdentity& identity);

// Gives a file without a trusted signature of its own the signer of the first catalog that lists
// it, if that catalog's signature is trusted (reference section 3.3).
void AskCatalogs(const IdentifyOptions& options, FileIdentity& identity);

}  // namespace portcullis
