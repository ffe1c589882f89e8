// SPDX-License-Identifier: Apache-2.0
// A security descriptor as text: `O:BAG:SYD:P(A;OICI;FA;;;SY)(XA;;FX;;;WD;(@User.a == 1))S:`.
//
// Shape:   docs/formats/sddl.md says what is read and what is printed. Reading takes what Windows
//          takes: any order of the sections, spaces, letters of either case; printing gives what
//          Windows prints.
// Limits:  kMaxSddlSize bytes of text; the ACLs those of acl.h.
// Errors:  ParseSddl refuses with the offset and the reason. FormatSddl refuses what SDDL has no
//          form for (kUnsupported): ACE types without a name, callback ACEs without a condition.
// Threads: pure functions.
// Source:  MS-DTYP 2.5.1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "security/security_descriptor.h"
#include "security/sid.h"

namespace portcullis {

inline constexpr size_t kMaxSddlSize = 1024 * 1024;

// `domain` is what the aliases of a domain's accounts (DA, LG, ...) belong to.
Result<SecurityDescriptor> ParseSddl(std::string_view text,
                                     const std::optional<Sid>& domain = std::nullopt);
// One entry of a DACL, with its parentheses or without; one without a SID is for `default_sid`.
Result<Ace> ParseSddlAce(std::string_view text, const std::optional<Sid>& default_sid);
Result<std::string> FormatSddl(const SecurityDescriptor& descriptor,
                               const std::optional<Sid>& domain = std::nullopt);
// One entry with its parentheses.
Result<std::string> FormatAce(const Ace& ace, const std::optional<Sid>& domain = std::nullopt);

}  // namespace portcullis
