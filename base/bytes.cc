// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <fmt/core.h>

#include <algorithm>

namespace portcullis {
namespace {

std::string Hex(Bytes bytes, const char* digits) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (uint8_t byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void ByteReader::AlignTo(size_t alignment) {
  const size_t rest = position_ % alignment;
  if (rest != 0) position_ += std::min(alignment - rest, remaining());
}

Unexpected ByteReader::Truncated(uint64_t wanted) const {
  return Fail(ErrorCode::kTruncated, fmt::format("{}: offset {}: wants {} bytes, {} are left",
                                                 what_, offset(), wanted, remaining()));
}

std::string HexUpper(Bytes bytes) { return Hex(bytes, "0123456789ABCDEF"); }
std::string HexLower(Bytes bytes) { return Hex(bytes, "0123456789abcdef"); }

Result<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return Fail(ErrorCode::kMalformed, "hex text: odd number of digits");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) {
      return Fail(ErrorCode::kMalformed, fmt::format("hex text: position {}: not a hex digit", i));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace portcullis
