// SPDX-License-Identifier: Apache-2.0
// The content of one entry, unpacked piece by piece.
//
// Shape:   stored or deflated bytes. At the end the size and the checksum must be the directory's.
// Limits:  never gives more bytes than the directory says; memory is one buffer and zlib's window.
//          How far a file may expand, CheckExpansion says before anything is unpacked.
// Errors:  kUnsupported for another method; kMalformed for content that does not unpack to what the
//          directory says; those of the source.
// Lifetime: borrows the source; the entry is copied but for its name, which is borrowed too.
// Threads: one reader at a time. Source: RFC 1951; docs/decisions/0016-zlib.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/byte_source.h"
#include "base/result.h"
#include "formats/xml/byte_stream.h"
#include "formats/zip/directory.h"

struct z_stream_s;

namespace portcullis::zip {

// All entries together may unpack to so many times the size of the file, and so much besides: a
// bomb is refused by what it says of itself, and one that lies is cut off at what it says.
inline constexpr uint64_t kMaxExpansion = 100;
inline constexpr uint64_t kFreeExpansion = uint64_t{64} << 20;
Result<void> CheckExpansion(std::span<const Entry> entries, uint64_t file_size);

class EntryStream final : public xml::ByteStream {
 public:
  static Result<EntryStream> Open(const ByteSource& source, const Entry& entry);

  // 0 at the end, once size and checksum have been found right.
  Result<size_t> ReadSome(std::span<uint8_t> out) override;

 private:
  struct EndInflate {
    void operator()(z_stream_s* stream) const;
  };
  EntryStream(const ByteSource& source, const Entry& entry, uint64_t offset)
      : source_(&source), entry_(entry), offset_(offset), packed_left_(entry.packed_size) {}

  Result<void> StartInflate();
  Result<size_t> ReadStored(std::span<uint8_t> out);
  Result<size_t> ReadDeflated(std::span<uint8_t> out);
  Result<void> Refill();
  Result<void> CheckEnd();

  const ByteSource* source_;
  Entry entry_;
  uint64_t offset_;       // of the next packed byte
  uint64_t packed_left_;  // that have not been read
  uint64_t given_ = 0;    // unpacked bytes so far
  uint32_t crc32_ = 0;
  bool has_ended_ = false;  // the deflated stream said so
  std::vector<uint8_t> input_;
  std::unique_ptr<z_stream_s, EndInflate> inflate_;
};

// All of a small entry.
Result<std::vector<uint8_t>> ReadWhole(const ByteSource& source, const Entry& entry,
                                       uint64_t limit);

}  // namespace portcullis::zip
