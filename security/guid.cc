// SPDX-License-Identifier: Apache-2.0
#include "security/guid.h"

#include "base/bytes.h"
#include "security/ascii.h"

namespace portcullis {
namespace {

// Which byte of the structure each pair of digits is, from the left.
constexpr std::array<uint8_t, 16> kByteOfPair = {3, 2, 1,  0,  5,  4,  7,  6,
                                                 8, 9, 10, 11, 12, 13, 14, 15};
constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

}  // namespace

std::optional<Guid> Guid::Parse(std::string_view text) {
  if (text.size() != kShape.size()) return std::nullopt;
  Guid guid;
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] == '-') {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexDigitValue(text[i]);
    if (value < 0) return std::nullopt;
    uint8_t& byte = guid.bytes[kByteOfPair[digits++ / 2]];
    byte = static_cast<uint8_t>(byte << 4 | value);
  }
  return guid;
}

std::string Guid::ToString() const {
  std::array<uint8_t, 16> in_order;
  for (size_t i = 0; i < in_order.size(); ++i) in_order[i] = bytes[kByteOfPair[i]];
  std::string text = HexLower(in_order);
  for (const size_t dash : {20U, 16U, 12U, 8U}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace portcullis
