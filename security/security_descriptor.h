// SPDX-License-Identifier: Apache-2.0
// A security descriptor: whose an object is, who may do what with it, and what is written down.
//
// Shape:   an owner, a group, a discretionary and a system ACL, each of which may be absent. An ACL
//          that is present and null (`D:NO_ACCESS_CONTROL`) is its flag in `control` without the
//          ACL. In bytes the self-relative form, in the order in which Windows writes it: SACL,
//          DACL, owner, group; read is any order.
// Limits:  kMaxSecurityDescriptorSize.
// Errors:  Parse refuses what is not self-relative, an offset into the header or past the end, an
//          ACL at an offset that is not a multiple of four or whose flag is missing.
// Threads: a value.
// Source:  MS-DTYP 2.4.6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "security/acl.h"
#include "security/sid.h"

namespace portcullis {

inline constexpr size_t kMaxSecurityDescriptorSize = 256 * 1024;

namespace descriptor_control {
inline constexpr uint16_t kDaclPresent = 0x0004;
inline constexpr uint16_t kSaclPresent = 0x0010;
inline constexpr uint16_t kDaclAutoInheritRequired = 0x0100;
inline constexpr uint16_t kSaclAutoInheritRequired = 0x0200;
inline constexpr uint16_t kDaclAutoInherited = 0x0400;
inline constexpr uint16_t kSaclAutoInherited = 0x0800;
inline constexpr uint16_t kDaclProtected = 0x1000;
inline constexpr uint16_t kSaclProtected = 0x2000;
inline constexpr uint16_t kSelfRelative = 0x8000;
}  // namespace descriptor_control

struct SecurityDescriptor {
  uint16_t control = descriptor_control::kSelfRelative;
  uint8_t resource_manager_control = 0;
  std::optional<Sid> owner;
  std::optional<Sid> group;
  std::optional<Acl> dacl;
  std::optional<Acl> sacl;

  static Result<SecurityDescriptor> Parse(Bytes bytes);
  Result<std::string> Serialize() const;

  bool Has(uint16_t control_bit) const { return (control & control_bit) != 0; }
  friend bool operator==(const SecurityDescriptor&, const SecurityDescriptor&) = default;
};

}  // namespace portcullis
