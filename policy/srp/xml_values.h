// SPDX-License-Identifier: Apache-2.0
// The simple types of the XML form of Software Restriction Policies. For xml_reader.cc and
// xml_writer.cc.
//
// Shape:   pure functions; nothing for text that is not of the type.
// Source:  share/schemas/srp-policy.xsd.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace portcullis::srp {

// "true", "false".
std::optional<bool> ParseBool(std::string_view text);
// Decimal digits alone.
std::optional<uint32_t> ParseUnsigned32(std::string_view text);
std::optional<uint64_t> ParseUnsigned64(std::string_view text);

// A FILETIME as a moment in UTC with seven digits of a second, "2026-11-30T14:46:00.1234567Z"; one
// before 1970 or after 2261 as its number.
std::string FileTimeText(uint64_t file_time);
std::optional<uint64_t> ParseFileTime(std::string_view text);

}  // namespace portcullis::srp
