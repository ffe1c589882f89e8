// SPDX-License-Identifier: Apache-2.0
// The part of Identify that reads packaged apps and bundles of them.
#pragma once

#include <string>

#include "base/byte_source.h"
#include "base/result.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// `identity` has kind and size; everything else is filled in here.
Result<void> IdentifyAppx(const ByteSource& source, const IdentifyOptions& options,
                          FileIdentity& identity);

// "Name_8wekyb3d8bbwe": how Windows names a package whatever its version.
std::string PackageFamilyName(const PackageIdentity& package);

}  // namespace portcullis
