// SPDX-License-Identifier: Apache-2.0
// An access control entry: for whom, which rights, and under which condition.
//
// Shape:   type, flags, and for the types known here a mask, a SID, with object types two GUIDs
// that
//          may be absent, with callback types a condition, with a resource attribute the attribute.
//          A callback ACE whose data is no condition keeps that data as bytes (OpaqueData); an ACE
//          of a type that is not known keeps all behind its header so.
// Units:   in bytes an ACE has a multiple of four, its header of four among them.
// Limits:  kMaxAceSize.
// Errors:  Read refuses, with the offset, a size that is no multiple of four, past the end or short
//          of what the type needs, flags of GUIDs that are not known, bytes behind the SID of a
//          type that has none, and whatever is wrong in the condition or attribute.
// Threads: a value.
// Source:  MS-DTYP 2.4.4.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "security/conditional_expression.h"
#include "security/guid.h"
#include "security/resource_attribute.h"
#include "security/sid.h"

namespace portcullis {

inline constexpr size_t kMaxAceSize = 0xFFFC;

enum class AceType : uint8_t {
  kAllowed = 0x00,
  kDenied = 0x01,
  kAudit = 0x02,
  kAlarm = 0x03,
  kAllowedObject = 0x05,
  kDeniedObject = 0x06,
  kAuditObject = 0x07,
  kAlarmObject = 0x08,
  kAllowedCallback = 0x09,
  kDeniedCallback = 0x0A,
  kAllowedCallbackObject = 0x0B,
  kDeniedCallbackObject = 0x0C,
  kAuditCallback = 0x0D,
  kAlarmCallback = 0x0E,
  kAuditCallbackObject = 0x0F,
  kAlarmCallbackObject = 0x10,
  kMandatoryLabel = 0x11,
  kResourceAttribute = 0x12,
  kScopedPolicy = 0x13,
  kTrustLabel = 0x14,
  kAccessFilter = 0x15,
};

namespace ace_flags {
inline constexpr uint8_t kObjectInherit = 0x01;
inline constexpr uint8_t kContainerInherit = 0x02;
inline constexpr uint8_t kNoPropagate = 0x04;
inline constexpr uint8_t kInheritOnly = 0x08;
inline constexpr uint8_t kInherited = 0x10;
inline constexpr uint8_t kCritical = 0x20;
inline constexpr uint8_t kSuccessfulAccess = 0x40;
inline constexpr uint8_t kFailedAccess = 0x80;
}  // namespace ace_flags

struct OpaqueData {
  std::string bytes;

  friend bool operator==(const OpaqueData&, const OpaqueData&) = default;
};
using AceData = std::variant<std::monostate, ConditionalExpression, ResourceAttribute, OpaqueData>;

struct Ace {
  AceType type = AceType::kAllowed;
  uint8_t flags = 0;
  uint32_t mask = 0;
  std::optional<Guid> object_type;
  std::optional<Guid> inherited_object_type;
  Sid sid;
  AceData data;

  static Result<Ace> Read(ByteReader& reader);
  // kLimitExceeded where it does not fit kMaxAceSize.
  Result<void> AppendBinary(std::string& bytes) const;

  const ConditionalExpression* condition() const {
    return std::get_if<ConditionalExpression>(&data);
  }
  friend bool operator==(const Ace&, const Ace&) = default;
};

// Another word for a conditional ACE: a callback ACE with a condition.
using ConditionalAce = Ace;

enum class AceDataKind : uint8_t { kNone, kCondition, kAttribute };
enum class AclKind : uint8_t { kDiscretionary, kSystem };
struct AceTypeInfo {
  AceType type;
  std::string_view name;  // in SDDL; empty where it has none
  bool has_guids;
  AceDataKind data;
  AclKind acl;
};
// Null for a type that is not known.
const AceTypeInfo* FindAceType(AceType type);
const AceTypeInfo* FindAceType(std::string_view sddl_name);

}  // namespace portcullis
