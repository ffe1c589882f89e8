// SPDX-License-Identifier: Apache-2.0
#include "authoring/simulate/packed_input.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace portcullis::simulation {
namespace {

constexpr size_t kLongestMagic = 6;

}  // namespace

ByteFeed FeedOf(int fd) {
  return [fd](std::span<uint8_t> out) -> Result<size_t> {
    while (true) {
      const ssize_t count = read(fd, out.data(), out.size());
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) return Fail(ErrorCode::kIo, std::strerror(errno));
    }
  };
}

Result<PackedInput> PackedInput::Begin(ByteFeed feed) {
  PackedInput input(std::move(feed));
  while (input.end_ < kLongestMagic && !input.is_at_end_) TRY_VOID(input.TakeMore());
  input.unpacker_ = TRY(MakeUnpacker({input.piece_.data(), input.end_}));
  return input;
}

Result<void> PackedInput::TakeMore() {
  if (begin_ == end_) begin_ = end_ = 0;
  const auto room = std::span(piece_).subspan(end_);
  if (room.empty() || is_at_end_) return {};
  const size_t size = TRY(feed_(room));
  is_at_end_ = size == 0;
  end_ += size;
  return {};
}

Result<size_t> PackedInput::Copy(std::span<uint8_t> out) {
  if (begin_ == end_) {
    if (is_at_end_) return size_t{0};
    const size_t size = TRY(feed_(out));
    is_at_end_ = size == 0;
    return size;
  }
  const size_t size = std::min(out.size(), end_ - begin_);
  std::copy_n(piece_.begin() + static_cast<ptrdiff_t>(begin_), size, out.begin());
  begin_ += size;
  return size;
}

Result<size_t> PackedInput::Unpack(std::span<uint8_t> out) {
  while (true) {
    if (begin_ == end_) TRY_VOID(TakeMore());
    const Bytes in(piece_.data() + begin_, end_ - begin_);
    const UnpackStep step = unpacker_->Step(in, out, is_at_end_);
    begin_ += step.taken;
    error_ = step.error;
    if (step.written > 0) return step.written;
    if (error_) return Unexpected(*error_);
    if (step.taken > 0 || !is_at_end_) continue;
    if (step.may_end) return size_t{0};
    return Fail(ErrorCode::kTruncated, "the packed file ends before its end");
  }
}

Result<size_t> PackedInput::Fill(std::span<uint8_t> out) {
  size_t filled = 0;
  while (filled < out.size() && !error_) {
    const auto rest = out.subspan(filled);
    auto size = unpacker_ == nullptr ? Copy(rest) : Unpack(rest);
    if (!size) {
      error_ = std::move(size).error();
    } else if (*size == 0) {
      return filled;
    } else {
      filled += *size;
    }
  }
  if (filled == 0 && error_) return Unexpected(*error_);
  return filled;
}

}  // namespace portcullis::simulation
