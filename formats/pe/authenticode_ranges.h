// SPDX-License-Identifier: Apache-2.0
// Which bytes of a PE file its Authenticode digest covers, and where its signature stands.
//
// Shape:   the whole file in order, without CheckSum, without the certificate table's directory
//          entry, without that table; a file without a table counts as padded with zeros to a
//          multiple of 8. Bytes behind the table are covered.
// Limits:  at most kMaxCertificateEntries are looked at; a signature of more than
//          kMaxSignatureBytes is refused. What pads it is never read.
// Errors:  kTruncated for a table past the end of the file; kMalformed for one that overlaps the
//          headers or a section (its bytes would be loaded but not digested) or whose entries
//          contradict it. A refused table is no table: its bytes are digested like any others.
// Threads: values and pure functions.
// Source:  "Windows Authenticode Portable Executable Signature Format"; docs/formats/pe.md says
//          which readings of it were chosen and why.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/pe/pe_file.h"

namespace portcullis::pe {

inline constexpr size_t kMaxCertificateEntries = 64;
inline constexpr uint64_t kMaxSignatureBytes = 1 << 20;

struct FileRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct AuthenticodeRanges {
  std::vector<FileRange> ranges;  // in the order of the file, none empty
  uint64_t zero_padding = 0;      // bytes of zero digested after the last range
};

// Where the certificate table stands; nullopt where the directory names none.
Result<std::optional<FileRange>> FindCertificateTable(const PeFile& pe, uint64_t file_size);

AuthenticodeRanges FindAuthenticodeRanges(const PeFile& pe, std::optional<FileRange> table,
                                          uint64_t file_size);

// The DER of the table's first PKCS#7 entry; nullopt where it holds none.
Result<std::optional<std::vector<uint8_t>>> ReadEmbeddedSignature(const ByteSource& source,
                                                                  FileRange table);

}  // namespace portcullis::pe
