// SPDX-License-Identifier: Apache-2.0
// The GUID of an object type in an object ACE.
//
// Shape:   16 bytes as they stand in a descriptor: the first three groups of digits little-endian.
// Errors:  Parse gives nothing for what is not 8-4-4-4-12 hex digits; braces are refused.
// Threads: a value.
// Source:  MS-DTYP 2.3.4.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis {

struct Guid {
  std::array<uint8_t, 16> bytes = {};

  static std::optional<Guid> Parse(std::string_view text);
  std::string ToString() const;  // lower case

  friend bool operator==(const Guid&, const Guid&) = default;
};

}  // namespace portcullis
