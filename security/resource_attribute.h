// SPDX-License-Identifier: Apache-2.0
// An attribute with a name and values: what a resource attribute ACE gives to a file, and what a
// token claims of a user or a device.
//
// Shape:   values of one type. In bytes a CLAIM_SECURITY_ATTRIBUTE_RELATIVE_V1: the offsets of the
//          name and of each value from its start, its values behind. In text
//          `("name",TS,0x0,"blue","red")` with TI, TU, TS, TD, TX or TB for the type.
// Limits:  kMaxAttributeValues, kMaxAttributeName.
// Errors:  refused with offset and reason; FormatResourceAttribute refuses a string with a double
//          quote in it.
// Threads: a value; pure functions.
// Source:  MS-DTYP 2.4.10.1 and 2.5.1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "security/conditional_expression.h"
#include "security/sid.h"
#include "security/text_cursor.h"

namespace portcullis {

inline constexpr size_t kMaxAttributeValues = 10'000;

// The values are those of the bytes.
enum class AttributeType : uint16_t {
  kInteger = 1,
  kUnsigned = 2,
  kString = 3,
  kSid = 5,
  kBoolean = 6,
  kOctets = 16,
};

namespace attribute_flags {
inline constexpr uint32_t kCaseSensitive = 0x2;
inline constexpr uint32_t kUseForDenyOnly = 0x4;
inline constexpr uint32_t kDisabled = 0x10;
}  // namespace attribute_flags

struct ResourceAttribute {
  std::string name;
  AttributeType type = AttributeType::kString;
  uint32_t flags = 0;
  // An unsigned number or a boolean is a ConditionInteger with these 64 bits.
  std::vector<ConditionScalar> values;

  friend bool operator==(const ResourceAttribute&, const ResourceAttribute&) = default;
};

// An attribute with the value of a literal, or those of a composite. kMalformed where these are of
// several types, or the literal is none.
Result<ResourceAttribute> AttributeFromLiteral(std::string name, const ConditionNode& literal);

Result<ResourceAttribute> ParseResourceAttribute(Bytes bytes, uint64_t offset = 0);
std::string SerializeResourceAttribute(const ResourceAttribute& attribute);

// From the opening parenthesis to behind the closing one.
Result<ResourceAttribute> ReadResourceAttribute(TextCursor& cursor,
                                                const std::optional<Sid>& domain);
Result<std::string> FormatResourceAttribute(const ResourceAttribute& attribute,
                                            const std::optional<Sid>& domain);

}  // namespace portcullis
