// SPDX-License-Identifier: Apache-2.0
// Whether the pages of a PE are those that its signature lists.
//
// Shape:   the first page is what the loader maps of the headers, without CheckSum and the
//          certificate table's directory entry; then those of each section in the file's order;
//          each filled up with zeros to 4096 bytes. Last the end of the last section.
// Limits:  pages of a file: its size; memory is one page.
// Errors:  what the source reports.
// Threads: pure.
// Source:  docs/formats/authenticode.md "Page hashes".
#pragma once

#include <cstdint>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/authenticode/page_hashes.h"
#include "formats/pe/pe_file.h"

namespace portcullis::pe {

inline constexpr uint32_t kPageSize = 4096;

// How many of the pages have another hash than `listed` says, or are missing there.
Result<uint64_t> CountDifferingPages(const ByteSource& source, const PeFile& pe,
                                     const authenticode::PageHashes& listed);

}  // namespace portcullis::pe
