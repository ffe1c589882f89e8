// SPDX-License-Identifier: Apache-2.0
#include "formats/authenticode/der.h"

#include <fmt/core.h>

namespace portcullis::authenticode {
namespace {

constexpr uint8_t kMultiByteTag = 0x1F;
constexpr uint8_t kLongLength = 0x80;
constexpr unsigned kMaxLengthBytes = 4;

}  // namespace

Result<DerElement> DerReader::Next() {
  const uint64_t start = reader_.offset();
  const uint8_t tag = TRY(reader_.Read<LittleEndian<uint8_t>>());
  const uint8_t first = TRY(reader_.Read<LittleEndian<uint8_t>>());
  if ((tag & kMultiByteTag) == kMultiByteTag) {
    return Fail(ErrorCode::kMalformed,
                fmt::format("{}: a tag of several bytes at offset {}", format_, start));
  }
  uint64_t length = first;
  if ((first & kLongLength) != 0) {
    const unsigned bytes = first & 0x7FU;
    if (bytes == 0 || bytes > kMaxLengthBytes) {
      return Fail(ErrorCode::kMalformed,
                  fmt::format("{}: a length in {} bytes at offset {}, 1 to {} are read", format_,
                              bytes, start, kMaxLengthBytes));
    }
    length = 0;
    for (const uint8_t byte : TRY(reader_.ReadBytes(bytes))) length = length << 8 | byte;
  }
  return DerElement{tag, TRY(reader_.ReadBytes(length))};
}

Result<Bytes> DerReader::Expect(uint8_t tag, std::string_view what) {
  const uint64_t start = reader_.offset();
  if (empty()) {
    return Fail(ErrorCode::kTruncated,
                fmt::format("{}: {} is missing at offset {}", format_, what, start));
  }
  const DerElement element = TRY(Next());
  if (element.tag == tag) return element.content;
  return Fail(ErrorCode::kMalformed,
              fmt::format("{}: tag {:02X} at offset {}, {:02X} is expected for {}", format_,
                          element.tag, start, tag, what));
}

Result<bool> DerReader::SkipIf(uint8_t tag) {
  if (empty()) return false;
  const ByteReader here = reader_;
  if (TRY(Next()).tag == tag) return true;
  reader_ = here;
  return false;
}

}  // namespace portcullis::authenticode
