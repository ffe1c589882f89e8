// SPDX-License-Identifier: Apache-2.0
// AppxBlockMap.xml: the hash of every 64 KiB of every file of a package, held against the content.
//
// Shape:   the map is read as a stream, and each file unpacked beside it.
// Limits:  those of formats/xml and of the ZIP entries; memory does not grow with the package but
//          for one mark a file.
// Errors:  kUntrusted where a block has another hash than the map says; kMalformed where the map
// can
//          not be read, names a file that is not there, leaves one out, or has another size;
//          kUnsupported for another hash; what unpacking finds.
// Threads: pure. Source: Microsoft's schema of block maps; docs/formats/appx.md.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/appx/parts.h"

namespace portcullis::appx {

inline constexpr size_t kBlockBytes = 64 << 10;

// `exempt` are files that the map need not name: what describes the package, and the packages in a
// bundle, which have maps of their own.
Result<void> CheckBlockMap(const ByteSource& source, const Parts& parts, const zip::Entry& map,
                           const std::unordered_set<const zip::Entry*>& exempt);

}  // namespace portcullis::appx
