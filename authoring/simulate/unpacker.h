// SPDX-License-Identifier: Apache-2.0
// One codec at work: packed bytes in, bytes out, both in pieces.
//
// Shape:   Step takes some of `in` and writes some of `out`; it is called again with what is left.
// Limits:  kMaxZstdWindowLog, kMaxXzMemory: a stream that asks for more is refused.
// Errors:  kMalformed with the codec's reason; kLimitExceeded. No step is made after one.
// Threads: for one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis::simulation {

inline constexpr int kMaxZstdWindowLog = 27;            // 128 MiB, what zstd itself takes
inline constexpr uint64_t kMaxXzMemory = 160ULL << 20;  // xz -9 needs 65 MiB

struct UnpackStep {
  size_t taken = 0;
  size_t written = 0;
  bool may_end = false;                       // the last member is whole
  std::optional<Error> error = std::nullopt;  // what stopped it behind what was written
};

class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // `is_last`: nothing follows `in`.
  virtual UnpackStep Step(Bytes in, std::span<uint8_t> out, bool is_last) = 0;
};

// By the first bytes; null: not packed, or in no way that this project reads.
Result<std::unique_ptr<Unpacker>> MakeUnpacker(Bytes first_bytes);

}  // namespace portcullis::simulation
