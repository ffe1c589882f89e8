// SPDX-License-Identifier: Apache-2.0
// The page hashes that a PE's signature may hold beside its digest: one for each page of 4096 bytes
// of the file, for whoever loads a page at a time.
//
// Shape:   SpcPeImageData's link is a moniker (SpcSerializedObject) of a known class, whose data is
//          SET { SEQUENCE { 1.3.6.1.4.1.311.2.3.1 (SHA-1) or .2 (SHA-256), SET { OCTET STRING }}}.
//          The string is a table: an offset of four bytes, a digest; the last entry is the end of
//          the file's pages, with zeros for a digest.
// Limits:  the caller bounds the DER; a page takes 24 bytes of it or more.
// Errors:  kMalformed, kUnsupported for another class or algorithm.
// Threads: pure.
// Source:  docs/formats/authenticode.md "Page hashes".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/authenticode/digest.h"

namespace portcullis::authenticode {

struct PageHash {
  uint32_t offset = 0;
  std::vector<uint8_t> digest;
};
struct PageHashes {
  DigestAlgorithm algorithm = DigestAlgorithm::kSha256;
  std::vector<PageHash> pages;  // the end's entry too
};

// `image_data` is the DER of SpcPeImageData; nullopt where it holds none.
Result<std::optional<PageHashes>> ParsePageHashes(Bytes image_data);

}  // namespace portcullis::authenticode
