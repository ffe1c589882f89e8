// SPDX-License-Identifier: Apache-2.0
// The part of Identify that reads Windows Installer files.
#pragma once

#include "base/byte_source.h"
#include "base/result.h"
#include "identity/file_identity.h"
#include "identity/identify.h"

namespace portcullis {

// `identity` has kind and size; everything else is filled in here.
Result<void> IdentifyMsi(const ByteSource& source, const IdentifyOptions& options,
                         FileIdentity& identity);

// A product's version as publisher rules see it: up to four numbers, those that are not there 0,
// what follows them left out. 0.0.0.0 where a number is over 65535.
FileVersion ParseProductVersion(std::string_view text);

}  // namespace portcullis
