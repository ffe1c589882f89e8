// SPDX-License-Identifier: Apache-2.0
// Whether the entries of a ZIP file lie in it one behind the other, as its directory says.
//
// Shape:   local header, content, data descriptor where the flags say so; the next one begins where
//          the last one ends, the first at 0, the directory behind the last.
// Errors:  kMalformed for entries that overlap, bytes between them, a local header or descriptor
//          that contradicts the directory; kTruncated, kIo.
// Threads: pure. Source: PKWARE's APPNOTE 4.3.6 to 4.3.9; docs/formats/zip.md.
#pragma once

#include <cstdint>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/zip/directory.h"

namespace portcullis::zip {

// A local header, checked against the directory's entry.
struct LocalPlace {
  uint64_t header_size = 0;  // with name and extra fields
  uint64_t content_offset = 0;
};
Result<LocalPlace> ReadLocalPlace(const ByteSource& source, const Entry& entry);

// The entries in the order in which they lie in the file.
Result<std::vector<const Entry*>> CheckLayout(const ByteSource& source, const Directory& directory);

}  // namespace portcullis::zip
