// SPDX-License-Identifier: Apache-2.0
// Reads a stream that may be packed: gzip, zstd or xz, told by its first bytes, or none of them.
//
// Shape:   Begin looks at the first bytes; Fill gives what is inside, piece by piece. Members that
//          follow one another (as `cat a.gz b.gz` makes them) are one stream.
// Limits:  kPackedPiece bytes of input are held, and what a codec needs: a window of at most
//          kMaxZstdWindowLog bits, kMaxXzMemory bytes. What comes out is not limited: the caller
//          holds no more than it asked for.
// Errors:  kTruncated where a member ends before its end, kMalformed with the codec's reason,
//          kLimitExceeded, and those of the feed. What was unpacked before an error is given out
//          first; the error comes with the next call, and with every later one.
// Lifetime: owns the codec and the feed.
// Threads: for one thread at a time.
// Source:  RFC 1952, RFC 8878, the .xz format 1.1.0; docs/decisions/0021-reading-many-facts.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "authoring/simulate/unpacker.h"
#include "base/result.h"

namespace portcullis::simulation {

inline constexpr size_t kPackedPiece = 256 << 10;

// Writes at the front of `out` and says how many bytes; 0 at the end.
using ByteFeed = std::function<Result<size_t>(std::span<uint8_t> out)>;

// A descriptor's bytes; it is not owned.
ByteFeed FeedOf(int fd);

class PackedInput {
 public:
  static Result<PackedInput> Begin(ByteFeed feed);

  // Fills `out` to its end, less at the end of the stream or before an error; 0 at the end.
  Result<size_t> Fill(std::span<uint8_t> out);

 private:
  explicit PackedInput(ByteFeed feed) : feed_(std::move(feed)), piece_(kPackedPiece) {}

  // More input behind what is left of the piece; notes its end.
  Result<void> TakeMore();
  Result<size_t> Copy(std::span<uint8_t> out);
  Result<size_t> Unpack(std::span<uint8_t> out);

  ByteFeed feed_;
  std::vector<uint8_t> piece_;
  size_t begin_ = 0;  // what is left of the piece
  size_t end_ = 0;
  bool is_at_end_ = false;
  std::unique_ptr<Unpacker> unpacker_;  // null: the stream is not packed
  std::optional<Error> error_;
};

}  // namespace portcullis::simulation
