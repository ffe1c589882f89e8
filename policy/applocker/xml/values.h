// SPDX-License-Identifier: Apache-2.0
// The simple types of Microsoft's schema: what an attribute's text may be.
//
// Shape:   pure functions from text. Enumerations and patterns take the text as it is, numbers
//          without the white space around it, as XML Schema has it.
// Limits:  kMaxDigits in a number; xmllint has the same.
// Source:  applocker-csp.md "Policy XSD Schema"; XML Schema part 2.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace portcullis::applocker {

inline constexpr size_t kMaxDigits = 24;

// XML's own: blank, tab, carriage return and line feed.
std::string_view TrimWhiteSpace(std::string_view text);
bool IsWhiteSpace(std::string_view text);

size_t CountCodePoints(std::string_view valid_utf8);
size_t CountUtf16Units(std::string_view valid_utf8);

// xs:decimal and xs:integer, already trimmed.
bool IsDecimal(std::string_view text);
bool IsInteger(std::string_view text);
// True for every way to write the number 1 as an xs:decimal.
bool IsDecimalOne(std::string_view text);
// xs:unsignedInt, already trimmed.
std::optional<uint32_t> ParseUnsignedInt(std::string_view text);

// S-1(-[0-9a-fA-F]+)+, at least 7 characters.
bool MatchesSidType(std::string_view text);
// A list of Hash, Path and Publisher.
bool IsAppidTypeList(std::string_view text);

// ([0-9]{1,5}.){3}[0-9]{1,5}, where the dot is any character but a line end.
bool MatchesVersionPattern(std::string_view text);

struct HashDigits {
  std::array<uint8_t, 32> bytes = {};
  size_t size = 0;  // 20 or 32
};
// 0x and 64 or 40 hexadecimal digits.
std::optional<HashDigits> ParseHashData(std::string_view text);

}  // namespace portcullis::applocker
