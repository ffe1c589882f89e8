// SPDX-License-Identifier: Apache-2.0
// The two-letter flags of ACEs and the letters of ACLs, which reader and writer of SDDL share.
//
// Threads: constant tables.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "security/ace.h"
#include "security/security_descriptor.h"

namespace portcullis::sddl {

struct AceFlagName {
  std::string_view name;
  uint8_t flag;
};
// In the order in which they are printed.
inline constexpr auto kAceFlags = std::to_array<AceFlagName>({
    {"OI", ace_flags::kObjectInherit},
    {"CI", ace_flags::kContainerInherit},
    {"NP", ace_flags::kNoPropagate},
    {"IO", ace_flags::kInheritOnly},
    {"ID", ace_flags::kInherited},
    {"CR", ace_flags::kCritical},
    {"SA", ace_flags::kSuccessfulAccess},
    {"FA", ace_flags::kFailedAccess},
});

struct AclFlagName {
  std::string_view name;
  uint16_t of_dacl;
  uint16_t of_sacl;
};
inline constexpr auto kAclFlags = std::to_array<AclFlagName>({
    {"P", descriptor_control::kDaclProtected, descriptor_control::kSaclProtected},
    {"AR", descriptor_control::kDaclAutoInheritRequired,
     descriptor_control::kSaclAutoInheritRequired},
    {"AI", descriptor_control::kDaclAutoInherited, descriptor_control::kSaclAutoInherited},
});
inline constexpr std::string_view kNullAcl = "NO_ACCESS_CONTROL";

}  // namespace portcullis::sddl
