// SPDX-License-Identifier: Apache-2.0
// A SID as SDDL has it, which is more than Sid::Parse takes: an alias, spaces, hex in every part.
//
// Shape:   "BA", "S-1-5-32-544", "s-1-0x5-0x20-544", "S- 1- 5". A space may stand in front of each
//          number, and behind an alias, never behind the last number.
// Errors:  kMalformed; kNotFound for an alias of a domain where no domain is given.
// Threads: pure functions.
// Source:  MS-DTYP 2.4.2.1; what Windows takes: docs/formats/sddl.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "security/sid.h"

namespace portcullis {

Result<Sid> ParseSidText(std::string_view text, const std::optional<Sid>& domain);
// The alias where there is one.
std::string FormatSidText(const Sid& sid, const std::optional<Sid>& domain);

}  // namespace portcullis
