// SPDX-License-Identifier: Apache-2.0
// What would be done with a file that nobody has asked to run yet.
//
// Shape:   `inspect` and `test` are given files, not requests: the content says what the file is
//          for, and where it does not, the extension does.
// Errors:  none; absent means that no collection judges such a file.
// Threads: a pure function.
// Source:  docs/semantics.md; reference 1.2 and 5.8 for the extensions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "identity/file_identity.h"
#include "policy/request.h"

namespace portcullis {

// Where the file would be run: a script of Linux is nothing that a script host of Windows asks
// about.
enum class Platform : uint8_t { kLinux, kWindows };

// `name` is the file's name or path, of this host or of Windows.
std::optional<Operation> DeriveOperation(const FileIdentity& identity, std::string_view name,
                                         Platform platform = Platform::kLinux);

// The program that Windows judges in place of a 16-bit or DOS one, which it runs: its path as rules
// see it. Absent for all other files.
std::optional<std::string_view> JudgedInPlace(const FileIdentity& identity);

}  // namespace portcullis
