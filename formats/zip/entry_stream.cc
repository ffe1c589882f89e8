// SPDX-License-Identifier: Apache-2.0
#include "formats/zip/entry_stream.h"

#include <fmt/core.h>
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>

#include "base/quote.h"
#include "formats/zip/layout.h"

namespace portcullis::zip {
namespace {

constexpr size_t kInputBytes = 64 << 10;
constexpr int kRawDeflate = -MAX_WBITS;  // no zlib header

Unexpected Malformed(const Entry& entry, std::string_view what) {
  return Fail(ErrorCode::kMalformed, fmt::format("ZIP: {} {}", Quote(entry.name), what));
}

}  // namespace

Result<void> CheckExpansion(std::span<const Entry> entries, uint64_t file_size) {
  // Sizes are 64 bits of the file's own choice: what is left is subtracted from, so nothing wraps.
  uint64_t left = kFreeExpansion;
  left += std::min(file_size, (UINT64_MAX - left) / kMaxExpansion) * kMaxExpansion;
  for (const Entry& entry : entries) {
    if (entry.size > left) {
      return Fail(ErrorCode::kLimitExceeded,
                  fmt::format("ZIP: it unpacks to more than {} times its {} bytes and {} bytes "
                              "besides",
                              kMaxExpansion, file_size, kFreeExpansion));
    }
    left -= entry.size;
  }
  return {};
}

void EntryStream::EndInflate::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

Result<EntryStream> EntryStream::Open(const ByteSource& source, const Entry& entry) {
  if (entry.method != kStored && entry.method != kDeflated) {
    return Fail(ErrorCode::kUnsupported,
                fmt::format("ZIP: {} is packed by method {}, read are stored (0) and deflated (8)",
                            Quote(entry.name), entry.method));
  }
  if (entry.method == kStored && entry.size != entry.packed_size) {
    return Malformed(entry, "is stored, but in another size than its own");
  }
  const LocalPlace place = TRY(ReadLocalPlace(source, entry));
  EntryStream stream(source, entry, place.content_offset);
  if (entry.method == kDeflated) TRY_VOID(stream.StartInflate());
  return stream;
}

Result<void> EntryStream::StartInflate() {
  auto state = std::make_unique<z_stream>();
  if (inflateInit2(state.get(), kRawDeflate) != Z_OK) {
    return Fail(ErrorCode::kLimitExceeded, "ZIP: zlib has no memory to unpack with");
  }
  inflate_.reset(state.release());
  input_.resize(static_cast<size_t>(std::min<uint64_t>(kInputBytes, packed_left_)));
  return {};
}

Result<size_t> EntryStream::ReadSome(std::span<uint8_t> out) {
  if (out.empty()) return size_t{0};
  const size_t size = TRY(inflate_ ? ReadDeflated(out) : ReadStored(out));
  crc32_ = static_cast<uint32_t>(::crc32_z(crc32_, out.data(), size));
  given_ += size;
  if (size == 0) TRY_VOID(CheckEnd());
  return size;
}

Result<size_t> EntryStream::ReadStored(std::span<uint8_t> out) {
  const auto size = static_cast<size_t>(std::min<uint64_t>(out.size(), packed_left_));
  TRY_VOID(source_->ReadAt(offset_, out.first(size)));
  offset_ += size;
  packed_left_ -= size;
  return size;
}

Result<void> EntryStream::Refill() {
  const auto size = static_cast<size_t>(std::min<uint64_t>(input_.size(), packed_left_));
  TRY_VOID(source_->ReadAt(offset_, std::span(input_).first(size)));
  offset_ += size;
  packed_left_ -= size;
  inflate_->next_in = input_.data();
  inflate_->avail_in = static_cast<uInt>(size);
  return {};
}

Result<size_t> EntryStream::ReadDeflated(std::span<uint8_t> out) {
  // One byte more than the directory says is asked for, so that a lie shows.
  const uint64_t most = entry_.size - given_ + 1;
  const auto wanted = static_cast<uInt>(std::min<uint64_t>({out.size(), most, UINT32_MAX}));
  inflate_->next_out = out.data();
  inflate_->avail_out = wanted;
  while (!has_ended_ && inflate_->avail_out > 0) {
    if (inflate_->avail_in == 0 && packed_left_ > 0) TRY_VOID(Refill());
    const bool had_all = packed_left_ == 0;
    const int status = inflate(inflate_.get(), Z_NO_FLUSH);
    has_ended_ = status == Z_STREAM_END;
    if (status == Z_BUF_ERROR && had_all) return Malformed(entry_, "ends within packed content");
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return Malformed(entry_, "is not deflated content");
    }
  }
  const size_t size = wanted - inflate_->avail_out;
  if (size > entry_.size - given_) return Malformed(entry_, "unpacks to more than it says");
  return size;
}

Result<void> EntryStream::CheckEnd() {
  if (packed_left_ > 0 || (inflate_ && inflate_->avail_in > 0)) {
    return Malformed(entry_, "has bytes behind its packed content");
  }
  if (given_ != entry_.size) return Malformed(entry_, "unpacks to less than it says");
  if (crc32_ != entry_.crc32) return Malformed(entry_, "has another checksum than it says");
  return {};
}

Result<std::vector<uint8_t>> ReadWhole(const ByteSource& source, const Entry& entry,
                                       uint64_t limit) {
  if (entry.size > limit) {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("ZIP: {} has {} bytes, at most {}",
                                                       Quote(entry.name), entry.size, limit));
  }
  EntryStream stream = TRY(EntryStream::Open(source, entry));
  std::vector<uint8_t> bytes(static_cast<size_t>(entry.size) + 1);  // room to see the end
  size_t filled = 0;
  for (;;) {
    const size_t size = TRY(stream.ReadSome(std::span(bytes).subspan(filled)));
    if (size == 0) break;
    filled += size;
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace portcullis::zip
