// SPDX-License-Identifier: Apache-2.0
// How SDDL writes the name of an attribute: what can not stand in a name as it is stands as a
// percent sign and the four hex digits of a UTF-16 code unit.
//
// Errors:  DecodeAttributeName gives nothing for a percent sign without four digits and for half of
//          a surrogate pair.
// Threads: pure functions.
// Source:  MS-DTYP 2.5.1.1 (attr-char1, attr-char2, lit-char).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace portcullis {

// Whether a byte stands for itself, or begins what stands for a character: in the name of a local
// attribute, and in a name behind @User., @Device., @Resource. or in quotes.
bool IsSimpleNameChar(char c);
bool IsPrefixedNameChar(char c);

enum class AttributeNameForm : unsigned char { kSimple, kPrefixed };

std::optional<std::string> DecodeAttributeName(std::string_view text);
std::string EncodeAttributeName(std::string_view name, AttributeNameForm form);

}  // namespace portcullis
