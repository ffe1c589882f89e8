// SPDX-License-Identifier: Apache-2.0
#include "policy/applocker/table_stream.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace portcullis::applocker {

void TableWriter::Number(uint64_t number) {
  for (size_t i = 0; i < sizeof(number); ++i) {
    bytes_.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
  }
}

void TableWriter::AlignTo(size_t alignment) {
  bytes_.append((alignment - bytes_.size() % alignment) % alignment, '\0');
}

uint64_t TableReader::Number() {
  if (bytes_.size() - position_ < sizeof(uint64_t)) {
    Expect(false, "the section ends before the number of a table's values");
    return 0;
  }
  le64 number;
  std::memcpy(&number, bytes_.data() + position_, sizeof(number));
  position_ += sizeof(number);
  return number;
}

uint32_t TableReader::NumberUpTo(uint32_t limit, const char* what) {
  const uint64_t number = Number();
  Expect(number <= limit, what);
  return number <= limit ? static_cast<uint32_t>(number) : 0;
}

void TableReader::Expect(bool holds, const char* what) {
  if (holds || error_) return;
  error_ = Error{ErrorCode::kMalformed, fmt::format("byte {}: {}", position_, what)};
}

// What fills up is zero: else two files would say the same.
void TableReader::AlignTo(size_t alignment) {
  const size_t wanted = (alignment - position_ % alignment) % alignment;
  const size_t fill = std::min(wanted, bytes_.size() - position_);
  const Bytes filling = bytes_.subspan(position_, fill);
  Expect(std::ranges::all_of(filling, [](uint8_t byte) { return byte == 0; }),
         "what fills up behind a table is not zero");
  position_ += fill;
}

Bytes TableReader::TakeValues(uint64_t count, size_t size) {
  if (error_) return {};
  if (count > (bytes_.size() - position_) / size) {
    error_ = Error{ErrorCode::kTruncated,
                   fmt::format("byte {}: a table of {} values of {} bytes; {} bytes are left",
                               position_, count, size, bytes_.size() - position_)};
    return {};
  }
  const auto wanted = static_cast<size_t>(count) * size;
  AlignTo(wanted >= kBigTable ? kBigTableAlignment : kTableAlignment);
  if (wanted > bytes_.size() - position_) {
    Expect(false, "a table goes past the end of the section");
    return {};
  }
  const Bytes values = bytes_.subspan(position_, wanted);
  position_ += wanted;
  AlignTo(kTableAlignment);
  return error_ ? Bytes() : values;
}

Result<void> TableReader::Finish() const {
  if (error_) return Unexpected(*error_);
  if (position_ == bytes_.size()) return {};
  return Fail(ErrorCode::kMalformed, fmt::format("byte {}: {} bytes stand behind the last table",
                                                 position_, bytes_.size() - position_));
}

}  // namespace portcullis::applocker
