// SPDX-License-Identifier: Apache-2.0
// What is a script: by its first line, or by the extension of its name.
//
// Threads: pure functions over constant tables.
// Source:  execve(2) for the interpreter line; reference sections 1.2 and 5.8 for the extensions;
//          docs/formats/kinds.md.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace portcullis::script {

// The kernel's test: the file begins with "#!".
bool HasInterpreterLine(Bytes head);

// The extension of a name or path, without the dot, as it stands there; empty if there is none.
std::string_view ExtensionOf(std::string_view name);

// ps1, cmd, vbs, sh, py, ...: extensions that script hosts of Windows and Linux run. Ignores case.
bool IsScriptExtension(std::string_view extension);

// Those of them that a script host of Windows asks AppLocker about.
bool IsWindowsScriptExtension(std::string_view extension);

// The managed object format (mof): a script by its signature, which no rule collection judges.
bool IsUnaskedExtension(std::string_view extension);

// Batch files and Linux scripts have no place for a signature; PowerShell and WSH files do.
bool CanBeSigned(std::string_view extension);

// True if `extension` is `wanted` (in lower case), in whatever case it is written.
bool SameExtension(std::string_view extension, std::string_view wanted);

}  // namespace portcullis::script
