// SPDX-License-Identifier: Apache-2.0
// The signature of a Windows Installer file and the bytes that it covers.
//
// Shape:   stream \5DigitalSignature of the root is the PKCS#7. Its digest is over every stream
//          but the two of the signature, storages in depth, each storage's children in the order of
//          their names' bytes, each storage's class behind them. Where there is a stream
//          \5MsiDigitalSignatureEx, that holds a digest of names, sizes, classes and times, and the
//          same digest stands in front of the content.
// Limits:  kMaxSignatureBytes; memory is one buffer.
// Errors:  kLimitExceeded for a larger signature; what the source reports.
// Threads: pure.
// Source:  docs/formats/msi.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "formats/authenticode/digest.h"
#include "formats/cfb/compound_file.h"

namespace portcullis::msi {

inline constexpr uint64_t kMaxSignatureBytes = 1 << 20;
inline constexpr uint64_t kMaxMetadataDigestBytes = 64;

// The DER of \5DigitalSignature; nullopt where the file has none.
Result<std::optional<std::vector<uint8_t>>> ReadSignature(const cfb::CompoundFile& file);
// The digest in \5MsiDigitalSignatureEx; nullopt where the file has none.
Result<std::optional<std::vector<uint8_t>>> ReadMetadataDigest(const cfb::CompoundFile& file);

// What \5MsiDigitalSignatureEx should hold.
Result<std::vector<uint8_t>> DigestMetadata(const cfb::CompoundFile& file,
                                            authenticode::DigestAlgorithm algorithm);

// Feeds the content to each of `digests`, in one reading.
Result<void> DigestContent(const cfb::CompoundFile& file, std::span<authenticode::Digest> digests);

}  // namespace portcullis::msi
