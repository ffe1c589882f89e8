// SPDX-License-Identifier: Apache-2.0
// The two-letter names that SDDL has for SIDs: BA, WD, SY, and with a domain's SID DA, DU, LA...
//
// Shape:   a table each way; a domain's aliases are its SID and one relative id.
// Errors:  nothing for what has no alias, or is an alias of a domain where no domain is given.
// Threads: pure functions over a constant table.
// Source:  MS-DTYP 2.4.2.4 and 2.5.1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "security/sid.h"

namespace portcullis {

// The SID of an alias, in either case of letters.
enum class SidAliasError : uint8_t { kUnknown, kNeedsDomain };
tl::expected<Sid, SidAliasError> FindSidByAlias(std::string_view alias,
                                                const std::optional<Sid>& domain);
// The alias of a SID; empty where it has none.
std::string_view FindAliasOfSid(const Sid& sid, const std::optional<Sid>& domain);

}  // namespace portcullis
