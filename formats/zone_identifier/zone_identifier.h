// SPDX-License-Identifier: Apache-2.0
// Whence a file came, as browsers and mail programs note it: the zone of Internet Explorer in a
// stream of the file, or the address in an attribute of it.
//
// Shape:   the text of a `Zone.Identifier` stream, or of the attribute user.xdg.origin.url, to the
//          number of a zone: 0 my computer, 1 intranet, 2 trusted, 3 internet, 4 restricted.
// Limits:  kMaxZoneIdentifierBytes; the rest of a longer text is not looked at.
// Errors:  none: what says nothing that is understood is no zone.
// Threads: pure functions.
// Source:  MS-FSCC 5.6.1; the freedesktop.org guidelines for extended attributes; docs/srp.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace portcullis {

inline constexpr size_t kMaxZoneIdentifierBytes = 64 << 10;

// `[ZoneTransfer]` and in it `ZoneId=3`; UTF-8, UTF-16 with a byte order mark, or the system's code
// page. The first ZoneId of that section counts. A NUL at the end, as Samba writes one, is not part
// of the text.
std::optional<uint32_t> ParseZoneIdentifier(Bytes stream);

// By the address alone, for a host has no list of sites: `file:` of this computer 0; a server named
// without a dot 1; any other server 3.
std::optional<uint32_t> ZoneOfUrl(std::string_view url);

}  // namespace portcullis
