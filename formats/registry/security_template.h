// SPDX-License-Identifier: Apache-2.0
// The security template of a group policy (GptTmpl.inf), as far as it sets registry values.
//
// Shape:   the lines of [Registry Values], `MACHINE\Key\Name=4,0`, to changes in their order, and a
//          template of these alone. Other sections are passed over. Keys begin with MACHINE, USERS
//          or CLASSES_ROOT, as written; the name is what stands behind the last backslash.
// Units:   places are lines, from 1. UTF-16LE or UTF-8; without a mark and not UTF-8, Windows-1252.
// Limits:  the constants below.
// Errors:  kMalformed, kUnsupported (a type that templates have not) and kLimitExceeded, with the
//          line. The section is read whole or not at all.
// Threads: pure functions.
// Source:  MS-GPSB 2.2.9 (Registry Values); docs/formats/security-template.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/registry/registry_change.h"

namespace portcullis::registry {

inline constexpr size_t kMaxSecurityTemplateBytes = size_t{16} << 20;
inline constexpr size_t kMaxTemplateValues = 100'000;
inline constexpr size_t kMaxTemplateLineBytes = size_t{1} << 20;

// Something like "[Unicode]" or a comment stands at the front, behind a mark or not.
bool LooksLikeSecurityTemplate(Bytes head);

Result<std::vector<Change>> ParseSecurityTemplate(Bytes file);

// UTF-16LE, CRLF, as Windows writes it.
// Errors:  kUnsupported for an action or type that a template can not say; kMalformed for text that
//          has line ends or a NUL inside, a name with a backslash, and for data that has not the
//          form of its type.
Result<std::string> BuildSecurityTemplate(std::span<const Change> changes);

}  // namespace portcullis::registry
