// SPDX-License-Identifier: Apache-2.0
// Writes scripts for tests and signs them, by the documentation read plainly: an oracle.
//
// Shape:   SignScript encodes the text, digests it as UTF-16 and puts the block where it belongs.
// Errors:  none are expected.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/script/script.h"
#include "tests/support/test_signer.h"

namespace portcullis::testing {

enum class TextCode : uint8_t { kUtf8, kUtf8WithMark, kUtf16Le, kUtf16Be, kWindows1252 };

inline constexpr script::SignatureForm kAllForms[] = {
    script::SignatureForm::kPowerShell,    script::SignatureForm::kPowerShellXml,
    script::SignatureForm::kManagedObject, script::SignatureForm::kVbScript,
    script::SignatureForm::kJScript,       script::SignatureForm::kWindowsScript};
inline constexpr TextCode kAllCodes[] = {TextCode::kUtf8, TextCode::kUtf8WithMark,
                                         TextCode::kUtf16Le, TextCode::kUtf16Be,
                                         TextCode::kWindows1252};
const char* ExtensionOf(script::SignatureForm form);

struct ScriptSpec {
  script::SignatureForm form = script::SignatureForm::kPowerShell;
  std::u16string text = u"one\r\ntwo\r\n";
  std::u16string behind = u"</job>\r\n";  // behind the block of a wsf
  TextCode code = TextCode::kUtf8;
  std::u16string line_end = u"\r\n";
  // What the signer's machine took the text for, where that is not what it is.
  std::optional<std::u16string> taken_for = {};
};

struct BuiltScript {
  std::vector<uint8_t> bytes;
  // Offsets: of the line end in front of the block, of its first line, behind its last one, and
  // behind that one's line end.
  size_t begin = 0;
  size_t first_line = 0;
  size_t last_line_end = 0;
  size_t end = 0;
};

// The bytes of `text` as they stand in a file, without a byte order mark.
std::vector<uint8_t> Encode(const std::u16string& text, TextCode code);
// What the signature's digest covers.
std::vector<uint8_t> ScriptContent(const ScriptSpec& spec);
// With any bytes for a signature.
BuiltScript BuildScript(const ScriptSpec& spec, Bytes signature);
BuiltScript SignScript(const ScriptSpec& spec, const SignSpec& signer);

}  // namespace portcullis::testing
