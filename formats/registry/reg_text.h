// SPDX-License-Identifier: Apache-2.0
// The text that regedit exports and imports (.reg).
//
// Shape:   a header line, then sections `[KEY]` with values, to changes in the order of the text,
//          and back. A section is a kMakeKey in front of its values; `[-KEY]` a kDeleteKey, `"x"=-`
//          a kDeleteValue. Keys begin with the hive's name, as written. Comments are dropped.
// Units:   places are lines, from 1.
// Limits:  the constants below, and those of formats/registry/regpol.h for keys, names and data.
// Errors:  kMalformed, kUnsupported (another header) and kLimitExceeded, with the line. A file is
//          read whole or not at all.
// Threads: pure functions.
// Source:  Microsoft's "How to add, modify, or delete registry subkeys and values by using a .reg
//          file" (310516); files of regedit; docs/formats/reg.md.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "formats/registry/registry_change.h"

namespace portcullis::registry {

inline constexpr size_t kMaxRegTextBytes = size_t{64} << 20;
inline constexpr size_t kMaxRegTextChanges = 500'000;

// "Windows Registry Editor Version 5.00" or "REGEDIT4" stands at the front, behind a mark or not.
bool LooksLikeRegText(Bytes head);

Result<std::vector<Change>> ParseRegText(Bytes file);

// As regedit writes version 5.00: UTF-16LE, CRLF, hexadecimal data folded at 80 columns.
// Errors:  kMalformed for what the text can not say: a key with a line end or a leading '-', a NUL,
//          what is not UTF-8; kUnsupported for an action that only a Registry.pol knows.
Result<std::string> BuildRegText(std::span<const Change> changes);

}  // namespace portcullis::registry
