// SPDX-License-Identifier: Apache-2.0
// AppxSignature.p7x: what the signature of a package says about its parts.
//
// Shape:   "PKCX", then PKCS#7 as in every Authenticode signature. Where that has the file's
// digest,
//          a package has the word APPX and digests, each behind a word that says of what.
// Limits:  kMaxSignatureBytes.
// Errors:  kMalformed for other bytes, a digest that is missing, twice there or of something
//          unknown; kUnsupported for SHA-1 and MD5.
// Threads: pure. Source: docs/formats/appx.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/authenticode/asn1.h"
#include "formats/authenticode/digest.h"
#include "formats/zip/directory.h"

namespace portcullis::appx {

inline constexpr uint64_t kMaxSignatureBytes = 1 << 20;

// The PKCS#7 in `p7x`.
Result<Bytes> UnwrapP7x(Bytes p7x);

enum class Covered : uint8_t {
  kFiles,          // AXPC: the bytes of all entries before the signature's
  kDirectory,      // AXCD: directory and end records as they were before there was a signature
  kContentTypes,   // AXCT: [Content_Types].xml, unpacked, as are the next two
  kBlockMap,       // AXBM
  kCodeIntegrity,  // AXCI; only where there is such a file
};
const char* ToString(Covered covered);  // "the files", ...

struct PartDigest {
  Covered covered = Covered::kFiles;
  std::vector<uint8_t> digest;
};

// In the order in which they stand.
Result<std::vector<PartDigest>> ParsePartDigests(const authenticode::IndirectData& indirect);
// The inverse: what a signature over these would say.
std::vector<uint8_t> JoinPartDigests(const std::vector<PartDigest>& digests);

// The digest that AXCD is of.
Result<std::vector<uint8_t>> TakeDirectoryDigest(const zip::Directory& directory,
                                                 const zip::Entry& signature,
                                                 authenticode::DigestAlgorithm algorithm);

}  // namespace portcullis::appx
