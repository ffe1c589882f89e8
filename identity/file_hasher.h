// SPDX-License-Identifier: Apache-2.0
// Several digests of one file, with as few readings of it as pay.
//
// Shape:   each job is an algorithm, the ranges of the file it covers and zeros to add at the end.
// Limits:  memory is one buffer a thread, whatever the file's size.
// Errors:  those of the source; kUnsupported where OpenSSL lacks an algorithm.
// Threads: reentrant. Large files are read by up to `max_threads` threads, each with its own jobs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/authenticode/digest.h"
#include "formats/pe/authenticode_ranges.h"

namespace portcullis {

struct DigestJob {
  authenticode::DigestAlgorithm algorithm = authenticode::DigestAlgorithm::kSha256;
  pe::AuthenticodeRanges coverage;  // ascending, within the file
};

// A job over the whole of a file.
DigestJob WholeFileJob(authenticode::DigestAlgorithm algorithm, uint64_t file_size);

// The digests, in the order of the jobs.
Result<std::vector<std::vector<uint8_t>>> TakeDigests(const ByteSource& source,
                                                      std::span<const DigestJob> jobs,
                                                      unsigned max_threads);

}  // namespace portcullis
