// SPDX-License-Identifier: Apache-2.0
// Registry.pol, the file of a group policy that sets registry values ("PReg").
//
// Shape:   the bytes of a file to entries in the order of the file, and back. Nothing is lost: what
//          was read is written again byte for byte.
// Limits:  the constants below, in UTF-16 units and bytes.
// Errors:  kTruncated, kMalformed and kLimitExceeded, with the entry's number and the offset. A
// file
//          is read whole or not at all.
// Threads: pure functions.
// Source:  MS-GPREG 2.2.1; docs/formats/regpol.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/registry/registry_entry.h"

namespace portcullis::registry {

inline constexpr size_t kMaxRegistryPolBytes = size_t{64} << 20;
inline constexpr size_t kMaxEntries = 500'000;
inline constexpr size_t kMaxKeyUnits = 32'767;
inline constexpr size_t kMaxValueNameUnits = 16'383;  // what a registry takes
inline constexpr size_t kMaxDataBytes = size_t{16} << 20;

Result<std::vector<Entry>> ParseRegistryPol(Bytes file);

// kMalformed for a path or name with a NUL or that is not UTF-8: no file can hold it.
Result<std::string> BuildRegistryPol(std::span<const Entry> entries);

}  // namespace portcullis::registry
