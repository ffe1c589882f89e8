// SPDX-License-Identifier: Apache-2.0
// Finds one resource in the resource tree of a PE file.
//
// Shape:   three levels of directories (type, name, language), then the place of the bytes.
// Limits:  kMaxResourceEntries a directory; three directories are read, no more, and no two of
//          them may be the same.
// Errors:  kMalformed for a tree that points at itself or has another shape, kTruncated for one
//          that leaves its section, kLimitExceeded.
// Lifetime: a value. Threads: pure functions.
// Source:  "PE Format", "The .rsrc Section"; docs/formats/pe.md.
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/pe/authenticode_ranges.h"
#include "formats/pe/pe_file.h"

namespace portcullis::pe {

inline constexpr size_t kMaxResourceEntries = 16384;

// Where the file's version resource stands: type 16, name 1, as FindResource takes it without MUI;
// of several languages neutral first, then US English, then the first. nullopt: there is none.
Result<std::optional<FileRange>> FindVersionResource(const ByteSource& source, const PeFile& pe);

}  // namespace portcullis::pe
