// SPDX-License-Identifier: Apache-2.0
// What an ACE allows or denies: 32 bits, and the names that SDDL has for them.
//
// Shape:   bits 0 to 15 mean what the kind of object says (a file, a registry key, a directory
//          object), 16 to 20 are the same for all, 28 to 31 are generic. In text two-letter names
//          without separator, or one number: decimal, 0x hex, or octal with a leading 0.
//          Printed is a name of the whole mask (FA, FR, FW, FX, KA, KR, KW) where there is one,
//          else the names of its bits from the lowest up, else 0x and hex; nothing for 0.
// Errors:  kMalformed for an unknown name, a number of more than 32 bits or with a sign.
// Threads: pure functions.
// Source:  MS-DTYP 2.4.3 and 2.5.1.1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace portcullis {

namespace access_rights {
inline constexpr uint32_t kReadControl = 0x0002'0000;
inline constexpr uint32_t kWriteDac = 0x0004'0000;
inline constexpr uint32_t kSystemSecurity = 0x0100'0000;
inline constexpr uint32_t kFileExecute = 0x0000'0020;
inline constexpr uint32_t kFileGenericExecute = 0x0012'00A0;  // FX
}  // namespace access_rights

// The bits of a mandatory label's mask have names of their own: NW, NR, NX.
enum class RightsOf : uint8_t { kObject, kMandatoryLabel };

Result<uint32_t> ParseAccessMask(std::string_view text);
std::string FormatAccessMask(uint32_t mask, RightsOf what = RightsOf::kObject);

}  // namespace portcullis
