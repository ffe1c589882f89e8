// SPDX-License-Identifier: Apache-2.0
// What is a script: by its first line, or by the extension of its name; and which form a signature
// in it has.
//
// Threads: pure functions over a constant table.
// Source:  execve(2) for the interpreter line; reference sections 1.2 and 5.8 for the extensions;
//          docs/formats/kinds.md, docs/formats/script.md.
#pragma once

#include <cstdint>
#include <optional>
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

// How a signature stands in a script: what its lines look like and what is digested.
enum class SignatureForm : uint8_t {
  kPowerShell,     // ps1, psm1, psd1: lines that begin with #
  kPowerShellXml,  // ps1xml, psc1, cdxml: comments of XML
  kManagedObject,  // mof: comments of C
  kVbScript,       // vbs, vbe
  kJScript,        // js, jse
  kWindowsScript,  // wsf: an element <signature>
};
// Nothing for batch files and Linux scripts, which have no place for a signature, and for those
// that no subject interface package of Windows knows (pssc, psrc, wsc, sct).
std::optional<SignatureForm> SignatureFormOf(std::string_view extension);
bool CanBeSigned(std::string_view extension);

// True if `extension` is `wanted` (in lower case), in whatever case it is written.
bool SameExtension(std::string_view extension, std::string_view wanted);

}  // namespace portcullis::script
