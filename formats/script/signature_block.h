// SPDX-License-Identifier: Apache-2.0
// The signature block of a script, and the digest of the text around it.
//
// Shape:   the block is the last thing in the file (in a wsf the last <signature> element): a line
//          that begins it, lines of base64 in the comments of the language, a line that ends it.
//          Found from the end of the file; the text itself is read by TakeTextDigests alone.
// Units:   offsets and sizes are bytes of the file.
// Limits:  kMaxBlockBytes of the file's end are looked at; kMaxSignatureBytes of signature. Memory
//          does not grow with the file.
// Errors:  kMalformed for a block that is begun and not ended, is followed by text, or has a line
//          that is not base64; kLimitExceeded; what the source reports.
// Threads: reentrant.
// Source:  docs/formats/script.md.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/authenticode/digest.h"
#include "formats/script/script.h"
#include "formats/script/text.h"

namespace portcullis::script {

// From the line that begins the block to the end of the file. A signature of kMaxSignatureBytes
// takes some 890 000 bytes in UTF-16 in the shortest lines that signers write.
inline constexpr uint64_t kMaxBlockBytes = 1 << 20;
// The PKCS#7; the largest seen have some 20 KiB.
inline constexpr size_t kMaxSignatureBytes = 256 << 10;

struct SignatureBlock {
  SignatureForm form = SignatureForm::kPowerShell;
  std::vector<uint8_t> der = {};  // the PKCS#7
  std::optional<ByteOrderMark> mark = {};
  // [begin, end): the block with the line end in front of it and, in a wsf, the one behind it.
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Nothing where the file has no block of this form.
Result<std::optional<SignatureBlock>> FindSignatureBlock(const ByteSource& source,
                                                         SignatureForm form);

// The digests of what is signed, of which a signature names one: text that has no byte order mark
// is taken as Windows-1252 and, where it is UTF-8, as that (one digest if it is ASCII). None where
// the bytes are not of the encoding that the mark says.
Result<std::vector<std::vector<uint8_t>>> TakeTextDigests(const ByteSource& source,
                                                          const SignatureBlock& block,
                                                          authenticode::DigestAlgorithm algorithm);

}  // namespace portcullis::script
