// SPDX-License-Identifier: Apache-2.0
// Unicode as Windows has it: strict transcoding, and the simple one-to-one upper-casing.
//
// Shape:   text is UTF-8 in std::string. Paths are bytes: UpperCase passes bytes that are not
//          UTF-8 through unchanged.
// Source:  MS-UCODEREF 3.1.5.3 (UpperCaseMapping is per UTF-16 code unit); docs/formats/upcase.md.
// Threads: pure functions over a constant table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace portcullis {

// Windows' simple upper-casing: one code unit to one code unit, no locale. U+00DF stays, U+0131 is
// not I, supplementary characters stay.
char16_t UpperCase(char16_t unit);
std::string UpperCase(std::string_view utf8_or_bytes);

bool IsValidUtf8(std::string_view text);
// U+FFFD for each byte that is not of strict UTF-8; anything else as it is.
std::string LossyUtf8(std::string_view bytes);
// Unpaired surrogates and an odd number of bytes are kMalformed.
Result<std::string> Utf16LeToUtf8(Bytes bytes);
Result<std::string> Utf16BeToUtf8(Bytes bytes);
// The same for display: U+FFFD stands for what can not be decoded.
std::string Utf16LeToUtf8Lossy(Bytes bytes);
// The character at the front of `text`, which is not empty; nothing where that is not strict UTF-8.
struct CodePoint {
  char32_t value;
  size_t length;  // in bytes
};
std::optional<CodePoint> FirstCodePoint(std::string_view text);
// Appends one code point (at most U+10FFFF).
void AppendUtf8(std::string& text, char32_t code_point);

}  // namespace portcullis
