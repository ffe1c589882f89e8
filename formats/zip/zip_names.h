// SPDX-License-Identifier: Apache-2.0
// The names in a ZIP file's central directory: enough to tell a package from an archive.
//
// Shape:   end-of-central-directory record, found from the end, then the directory's entries.
// Limits:  kMaxDirectoryBytes; a comment of at most 65 535 bytes, as the format has it.
// Errors:  kMalformed and kTruncated where there is no directory; kUnsupported for ZIP64.
// Threads: pure. Source: PKWARE's APPNOTE 4.3.12 and 4.3.16.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"

namespace portcullis::zip {

inline constexpr uint64_t kMaxDirectoryBytes = 4 << 20;

bool IsZip(Bytes head);  // the first four bytes

// True if the directory lists one of `names`, compared exactly.
Result<bool> HoldsAnyOf(const ByteSource& source, std::span<const std::string_view> names);

}  // namespace portcullis::zip
